// "What binds?": sliders in, ceilings out, drawn live. The arithmetic is queueing.js's.
//
// A `<div class="what-binds">` may name the sliders it shows (data-sliders="n w t s"; all without) and
// with data-address keep its state in the page's address. Captured runs are in data-view: a list of
// {id, name, measured, state}, where state has a value for every slider and a kind.
import { duration, grouped, rate } from './format.js';
import { limitsChart } from './limits-chart.js';
import { predict } from './queueing.js';

// name in the address, label, unit, lowest, highest, step, what a fresh page shows
const SLIDERS = [
  ['n', 'virtual users N', '', 1, 10000, 1, 400],
  ['w', 'workers W', '', 1, 64, 1, 2],
  ['t', 'thread tokens T, a worker', '', 1, 200, 1, 40],
  ['s', 'service time S', 'ms', 1, 5000, 1, 500],
  ['h', 'thread token held', 'ms', 0, 5000, 1, 0],
  ['b', 'blocking of the loop b', 'ms', 0, 2000, 1, 0],
  ['p', 'connections P, a worker (0: no pool)', '', 0, 200, 1, 0],
  ['q', 'connection held q', 'ms', 0, 2000, 1, 0],
  ['c', 'CPU a request costs the server c', 'ms', 0.05, 100, 0.05, 0.5],
  ['g', 'CPU a request costs the generator g', 'ms', 0, 5, 0.05, 0.2],
  ['d', 'CPU a request costs a local database d', 'ms', 0, 10, 0.05, 0],
  ['z', 'think time Z', 'ms', 0, 5000, 1, 0],
  ['l', 'arrivals λ, a second (0: closed model)', '', 0, 2000, 1, 0],
  ['k', 'cores C', '', 1, 64, 1, 2],
];
const KINDS = [
  ['def', 'def: holds a thread token for S'],
  ['async', 'async def: holds none'],
  ['part', 'a def in the chain: holds one for part of S'],
];
const LOGARITHMIC = new Set(['n', 's', 'c']);
const STEPS = 1000;
const FRESH = { kind: 'def', preset: '', ...Object.fromEntries(SLIDERS.map(([name, , , , , , value]) => [name, value])) };

/** A slider's position, 0 to STEPS, as its value; and back. */
const toValue = (place, name, low, high, step) => {
  const share = place / STEPS;
  const raw = LOGARITHMIC.has(name) ? low * (high / low) ** share : low + (high - low) * share;
  return Number((Math.round(raw / step) * step).toFixed(2));
};
const toPlace = (wanted, name, low, high) => {
  const value = Math.min(high, Math.max(low, wanted));
  const share = LOGARITHMIC.has(name) ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.round(STEPS * share);
};

/** The state of the sliders as a service of queueing.js: seconds, and what a request holds. */
const service = (state) => ({
  vus: state.n,
  thinkTime: state.z / 1000,
  arrivals: state.l,
  workers: state.w,
  tokens: state.t,
  waits: state.s / 1000,
  holdsToken: { def: state.s, part: state.h, async: 0 }[state.kind] / 1000,
  blocks: state.b / 1000,
  pooled: state.p > 0,
  poolSize: state.p,
  holdsConnection: state.p > 0 ? state.q / 1000 : 0,
  slots: 0,
  holdsSlot: 0,
  computes: 0,
  computesInSlot: 0,
  generatorCores: 0,
  cores: state.k,
  costs: { server: state.c / 1000, generator: state.g / 1000, database: state.d / 1000 },
});

/** The form: returns how to show a state in it. `changed` hears of every new one. */
function controls(form, presets, chosen, changed) {
  let state = FRESH;
  const selects = document.createElement('p');
  const select = (name, label, options) => {
    const row = document.createElement('label');
    row.append(label, ' ');
    const box = document.createElement('select');
    box.name = name;
    for (const [value, text] of options) box.add(new Option(text, value));
    row.append(box);
    selects.append(row);
    return box;
  };
  const kind = select('kind', 'endpoint', KINDS);
  const preset = select('preset', 'captured run', [['', 'none: your own service'], ...presets.map((one) => [one.id, one.name])]);
  kind.addEventListener('change', () => changed({ ...state, kind: kind.value, preset: '' }));
  preset.addEventListener('change', () => {
    const found = presets.find((one) => one.id === preset.value);
    changed(found ? { ...FRESH, ...found.state, preset: found.id } : { ...state, preset: '' });
  });
  form.append(selects);
  const shown = {};
  for (const [name, label, unit, low, high, step] of chosen) {
    const row = document.createElement('label');
    row.innerHTML = `<span>${label}</span><input type="range" min="0" max="${STEPS}" name="${name}"><output></output>`;
    const [, input, output] = row.children;
    input.addEventListener('input', () =>
      changed({ ...state, [name]: toValue(Number(input.value), name, low, high, step), preset: '' }),
    );
    shown[name] = (value) => {
      input.value = toPlace(value, name, low, high);
      output.textContent = `${grouped(value)}${unit ? ` ${unit}` : ''}`;
      input.setAttribute('aria-valuetext', output.textContent);
      row.hidden = name === 'h' && state.kind !== 'part';
    };
    form.append(row);
  }
  return (next) => {
    state = next;
    kind.value = next.kind;
    preset.value = next.preset;
    for (const [name] of chosen) shown[name](next[name]);
  };
}

function sentence(told, captured) {
  const answer = told.responseTime === null ? '' : `; response time ${duration(Math.max(0, told.responseTime))}`;
  const seen = captured ? ` Captured: ${rate(captured.measured)}/s.` : '';
  return `Throughput ${rate(told.throughput)}/s, ${told.onKnee ? told.limitedBy : `limited by ${told.limitedBy}`}${answer}.${seen}`;
}

function rows(told) {
  return told.ceilings
    .map((one, place) => {
      const name = place === 0 ? `<strong>${one.resource}</strong>` : one.resource;
      return `<tr><td>${name}</td><td>${rate(one.throughput)}/s</td></tr>`;
    })
    .join('');
}

/** The picture in words: what is predicted, what was captured, and every limit. */
function described(state, told, captured) {
  const limits = told.ceilings.map((one) => `${one.resource} ${rate(one.throughput)}`).join(', ');
  return (
    `Predicted throughput over virtual users; at ${state.n} users ${rate(told.throughput)} a second` +
    `${captured ? `, captured ${rate(captured.measured)}` : ''}. Limits: ${limits}`
  );
}

function fromAddress(presets) {
  const state = { ...FRESH };
  for (const [name, text] of new URLSearchParams(location.hash.slice(1))) {
    const slider = SLIDERS.find(([known]) => known === name);
    const value = Number(text);
    if (slider && value >= slider[3] && value <= slider[4]) state[name] = value;
    if (name === 'kind' && KINDS.some(([kind]) => kind === text)) state.kind = text;
    const preset = presets.find((one) => one.id === text);
    if (name === 'preset' && preset) Object.assign(state, preset.state, { preset: preset.id });
  }
  return state;
}

function toAddress(state) {
  const changed = Object.entries(state).filter(([name, value]) => name !== 'preset' && value !== FRESH[name]);
  const told = state.preset === '' ? changed : [['preset', state.preset]];
  history.replaceState(history.state, '', told.length ? `#${new URLSearchParams(told)}` : location.pathname);
}

/** Turns one `<div class="what-binds">` into sliders, a sentence, a picture and the table of ceilings. */
export function mount(root, presets) {
  const wanted = root.dataset.sliders ? root.dataset.sliders.split(' ') : SLIDERS.map(([name]) => name);
  const keepsAddress = 'address' in root.dataset;
  const panel = document.createElement('div');
  panel.innerHTML =
    '<div class="sight"><p aria-live="polite"></p><svg role="img"></svg></div>' +
    '<form aria-label="The service and its load"></form>' +
    '<table><caption>Its ceilings, lowest first</caption><thead><tr><th>resource</th><th>allows at most</th></tr></thead>' +
    '<tbody></tbody></table>';
  const [sight, form, table] = panel.children; // the picture stays in sight while the sliders are used
  const [said, picture] = sight.children;
  form.addEventListener('submit', (event) => event.preventDefault());
  const chosen = SLIDERS.filter(([name]) => wanted.includes(name));
  const refresh = controls(form, presets, chosen, show);
  let draw = () => {}; // again where its width changes: letters keep their size

  function show(state) {
    const told = predict(service(state));
    const captured = presets.find((one) => one.id === state.preset);
    refresh(state);
    said.textContent = sentence(told, captured);
    table.tBodies[0].innerHTML = rows(told);
    picture.setAttribute('aria-label', described(state, told, captured));
    draw = () => {
      const width = Math.max(280, Math.min(640, sight.clientWidth));
      const height = width < 480 ? 200 : 270;
      picture.setAttribute('viewBox', `0 0 ${width} ${height}`);
      picture.innerHTML = limitsChart(service(state), told, captured?.measured, width, height);
    };
    draw();
    if (keepsAddress) toAddress(state);
  }

  for (const one of root.querySelectorAll(':scope > p')) one.remove(); // what stands there without JavaScript
  root.prepend(panel);
  const first = presets.length && !keepsAddress ? { ...FRESH, ...presets[0].state, preset: presets[0].id } : FRESH;
  show(keepsAddress ? fromAddress(presets) : first);
  new ResizeObserver(() => draw()).observe(sight);
  if (keepsAddress) {
    addEventListener('hashchange', () => {
      if (root.isConnected) show(fromAddress(presets));
    });
  }
}
