// A mechanism in steps: what happens in it, one state after the other, each with its sentence.
//
// A `<div class="stepped">` holds a still, and in data-view {height, slider, pace, opens: [track, state], tracks: [{name,
// states: [[sentence, {mark: [kind, tone, words if any, ...numbers], or 0 where it's gone}, value]]}]}, written by
// labs/pages/stepped.py: of each state what differs from the one before, and before a track's first state comes the
// first state of all. A mark that has the same name in the next state moves there. Nothing moves until the reader
// presses Play; the still stays where motion isn't wanted, until a button asks for the view.
const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 340; // of the plane, as in stepped.py
const HEAD = 7; // of an arrow
const SPREAD = Math.PI / 7;
const LETTERS = 12;
const NAMES = ['dot', 'box', 'bar', 'line', 'arrow', 'text'];
const TONES = ['ink', 'faint', 'waits', 'works', 'fails', 'idle'];
const ANCHORS = ['start', 'middle', 'end'];
const READ_MS = 280; // a word
const LEAST_MS = 1600; // a state

const svg = (name, attributes, ...children) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** The path through these points, with a head at the last one if wanted. */
function path(points, head) {
  const pairs = [];
  for (let place = 0; place < points.length; place += 2) pairs.push([points[place], points[place + 1]]);
  const drawn = `M${pairs.map((pair) => pair.join(' ')).join('L')}`;
  if (!head) return drawn;
  const [[fromX, fromY], [x, y]] = pairs.slice(-2);
  const angle = Math.atan2(y - fromY, x - fromX);
  const [one, other] = [SPREAD, -SPREAD].map((turn) => `${x - HEAD * Math.cos(angle + turn)} ${y - HEAD * Math.sin(angle + turn)}`);
  return `${drawn}M${one}L${x} ${y}L${other}`;
}

const moved = (x, y) => `translate(${x}px, ${y}px)`;
// what makes an element of each kind, and what brings it where its numbers say
const KINDS = {
  dot: [
    () => svg('g', {}, svg('circle', {}), svg('text', { 'text-anchor': 'middle', y: 0.36 * LETTERS })),
    (made, words, [x, y, radius]) => {
      made.style.transform = moved(x, y);
      made.firstChild.setAttribute('r', radius);
      made.lastChild.textContent = words;
      made.classList.toggle('named', words !== '');
    },
  ],
  text: [
    () => svg('text', {}),
    (made, words, [x, y, anchor]) => {
      made.style.transform = moved(x, y);
      made.setAttribute('text-anchor', ANCHORS[anchor]);
      made.textContent = words;
    },
  ],
  rect: [
    () => svg('rect', {}),
    (made, words, numbers) => ['x', 'y', 'width', 'height'].forEach((name, place) => made.setAttribute(name, numbers[place])),
  ],
  path: [() => svg('path', {}), (made, words, numbers, kind) => made.setAttribute('d', path(numbers, kind === 'arrow'))],
};
const SHAPES = { box: 'rect', bar: 'rect', line: 'path', arrow: 'path' };

/** Every state with all of its marks; those before the first one are given. */
function whole(states, marks) {
  return states.map(([says, changed, value], place) => {
    marks = { ...marks };
    for (const [name, mark] of Object.entries(changed)) {
      if (!mark) delete marks[name];
      else {
        const [kind, tone, ...rest] = mark;
        const words = typeof rest[0] === 'string' ? rest.shift() : '';
        marks[name] = { kind: NAMES[kind], tone: TONES[tone], words, numbers: rest };
      }
    }
    return { says, marks, value: value || `${place + 1} of ${states.length}` };
  });
}

/** Brings the picture to these marks: what stays moves, what is new appears, what is gone leaves. */
function draw(picture, marks, shown) {
  for (const [name, made] of shown) {
    if (marks[name] && marks[name].kind === made.dataset.kind) continue;
    made.remove();
    shown.delete(name);
  }
  for (const [name, { kind, tone, words, numbers }] of Object.entries(marks)) {
    const [make, place] = KINDS[SHAPES[kind] || kind];
    if (!shown.has(name)) {
      shown.set(name, make());
      shown.get(name).dataset.kind = kind;
      picture.append(shown.get(name));
    }
    const made = shown.get(name);
    made.setAttribute('class', `${kind} ${tone}`);
    place(made, words, numbers, kind);
  }
}

const button = (text, press) => {
  const made = document.createElement('button');
  Object.assign(made, { type: 'button', className: 'md-button', textContent: text });
  made.addEventListener('click', press);
  return made;
};

const labelled = (text, ...controls) => {
  const label = document.createElement('label');
  label.append(text, ' ', ...controls);
  return label;
};

/** Turns one `<div class="stepped">` into the view. */
export function mount(root, { height, slider, pace, opens, tracks: told }) {
  const tracks = [];
  for (const { name, states: changes } of told) tracks.push({ name, states: whole(changes, tracks.length ? tracks[0].states[0].marks : {}) });
  let { states } = tracks[opens[0]];
  let [, at] = opens;
  let touched = false; // until then Play begins with the first state
  let playing = 0;
  const shown = new Map();

  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', tabindex: 0 });
  const words = document.createElement('p');
  words.className = 'words';
  const input = document.createElement('input');
  const output = document.createElement('output');
  Object.assign(input, { type: 'range', min: 0, step: 1 });
  const show = () => {
    const state = states[at];
    draw(picture, state.marks, shown);
    picture.setAttribute('aria-label', state.says);
    words.textContent = state.says;
    Object.assign(input, { max: states.length - 1, value: at });
    input.setAttribute('aria-valuetext', state.value);
    output.textContent = state.value;
  };
  const go = (place) => {
    touched = true;
    at = Math.min(states.length - 1, Math.max(0, place));
    show();
  };
  const pause = () => {
    clearTimeout(playing);
    playing = 0;
    play.textContent = 'Play';
    words.setAttribute('aria-live', 'polite');
  };
  const stopAt = (place) => {
    pause();
    go(place);
  };
  const next = () => {
    if (!root.isConnected) return;
    const stays = pace || Math.max(LEAST_MS, READ_MS * states[at].says.split(' ').length);
    playing = setTimeout(() => {
      if (at + 2 < states.length) {
        go(at + 1);
        next();
      } else stopAt(at + 1); // the last sentence is told
    }, stays);
  };
  const play = button('Play', () => {
    if (playing) {
      stopAt(at);
      return;
    }
    words.setAttribute('aria-live', 'off'); // what it says is told when it stops
    play.textContent = 'Pause';
    go(!touched || at === states.length - 1 ? 0 : at);
    next();
  });
  const back = button('Back', () => stopAt(at - 1));
  const step = button('Step', () => stopAt(touched ? at + 1 : 0));
  const reset = button('Reset', () => stopAt(0));
  input.addEventListener('input', () => stopAt(Number(input.value)));
  picture.addEventListener('keydown', (event) => {
    const act = { ' ': play, ArrowRight: step, ArrowLeft: back, Home: reset }[event.key];
    if (act) {
      event.preventDefault();
      act.click();
    }
  });

  const bar = document.createElement('div');
  bar.className = 'controls';
  bar.append(play, back, step, reset);
  if (tracks.length > 1) {
    const choice = document.createElement('select');
    tracks.forEach(({ name }, place) => choice.add(new Option(name, place)));
    choice.selectedIndex = opens[0];
    choice.addEventListener('change', () => {
      const kept = slider === 'step' ? 0 : at; // a setting stays, a story begins
      ({ states } = tracks[choice.selectedIndex]);
      stopAt(kept);
    });
    bar.append(labelled('Show', choice));
  }
  const panel = document.createElement('div');
  panel.className = 'panel';
  const stage = document.createElement('div');
  stage.className = 'stage';
  stage.append(picture, labelled(slider, input, output));
  panel.append(bar, stage, words);

  function open() {
    for (const one of root.querySelectorAll(':scope > p')) one.remove();
    root.prepend(panel);
    pause();
    show();
  }

  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    root.append(button('Open the moving view', (event) => {
      event.target.remove();
      open();
      picture.focus();
    }));
  } else open();
}
