// "Predict first": asks for a number or a choice before the answer, and says how far off it was.
//
// A `<div class="predict">` holds questions, `<p class="ask" data-answer="640" data-unit="requests/s">` or
// `<p class="ask" data-choices="half|the same" data-answer="the same">`, and the answer's reasoning as a fold.
// Nothing is sent or kept. Without JavaScript the questions are paragraphs and the fold is a fold.

import { grouped, significant } from './format.js';

const NEAR = 0.05; // as a share of the answer: nearer than the labs themselves claim
const shown = (value) => (value >= 1000 ? grouped(value) : String(significant(value, 3)));

/** What to say to somebody who said one number where another is right. */
export function compare(said, right, unit) {
  const answer = `${shown(right)}${unit ? ` ${unit}` : ''}`;
  const ratio = said / right;
  if (Math.abs(ratio - 1) <= NEAR) return `Right: it is ${answer}.`;
  const off = `You said ${shown(said)}; it is ${answer}`;
  if (!(ratio > 0)) return `${off}.`;
  if (ratio >= 2) return `${off}. ${shown(ratio)} times too high.`;
  if (ratio <= 0.5) return `${off}. ${shown(1 / ratio)} times too low.`;
  return `${off}. ${Math.round(Math.abs(ratio - 1) * 100)}% too ${ratio > 1 ? 'high' : 'low'}.`;
}

/** The reply to a tempting wrong answer, "" if there is none: data-tempting="16: why not | 32: why not". */
export function reply(tempting, said) {
  for (const one of (tempting || '').split(' | ')) {
    const [, answer, why] = one.match(/^\s*([^:]+): (.*)$/s) || [];
    if (answer && (answer === said || Math.abs(Number(said) / Number(answer) - 1) <= NEAR)) return why;
  }
  return '';
}

let asked = 0; // ids stay apart across the page

function numberInput(ask) {
  const id = `predict-${(asked += 1)}`;
  const label = document.createElement('label');
  label.htmlFor = id;
  label.append(...ask.childNodes);
  const input = document.createElement('input');
  Object.assign(input, { id, name: 'said', type: 'number', step: 'any', min: '0', required: true, inputMode: 'decimal' });
  const line = document.createElement('span');
  line.append(input, ` ${ask.dataset.unit || ''} `);
  return [label, line];
}

function choiceInput(ask) {
  const name = `predict-${(asked += 1)}`;
  const set = document.createElement('fieldset');
  const legend = document.createElement('legend');
  legend.append(...ask.childNodes);
  set.append(legend);
  for (const choice of ask.dataset.choices.split('|')) {
    const label = document.createElement('label');
    const input = document.createElement('input');
    Object.assign(input, { type: 'radio', name, value: choice, required: true });
    label.append(input, ` ${choice}`);
    set.append(label);
  }
  return [set];
}

function question(ask, answered) {
  const form = document.createElement('form');
  form.className = 'ask';
  const button = document.createElement('button');
  button.textContent = 'Compare';
  button.className = 'md-button';
  const told = document.createElement('p');
  told.setAttribute('role', 'status');
  form.append(...(ask.dataset.choices ? choiceInput(ask) : numberInput(ask)), button, told);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const right = ask.dataset.answer;
    const said = ask.dataset.choices ? form.querySelector('input:checked').value : form.elements.said.value;
    const compared = ask.dataset.choices
      ? said === right ? `Right: ${right}.` : `You said: ${said}. It is: ${right}.`
      : compare(Number(said), Number(right), ask.dataset.unit);
    const why = reply(ask.dataset.tempting, said);
    told.textContent = why ? `${compared} ${why}` : compared;
    answered(form);
  });
  return form;
}

/** Turns the questions of one `<div class="predict">` into forms; its fold opens when all are answered. */
export function mount(root) {
  const fold = root.querySelector('details');
  const open = new Set();
  for (const ask of root.querySelectorAll('p.ask')) {
    const form = question(ask, (answered) => {
      open.delete(answered);
      if (fold && !open.size) fold.open = true;
    });
    open.add(form);
    ask.replaceWith(form);
  }
}
