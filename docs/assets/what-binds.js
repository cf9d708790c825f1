// The page "What binds?": sliders in, ceilings out, drawn live. The arithmetic is model.js's.
import { predict } from './model.js';

const root = document.getElementById('service-and-load');
const presets = JSON.parse(document.getElementById('captured-services').textContent);

// name in the address, label, unit, lowest, highest, what a fresh page shows
const SLIDERS = [
  ['n', 'virtual users N', '', 1, 10000, 400],
  ['w', 'workers W', '', 1, 64, 2],
  ['t', 'thread tokens T, a worker', '', 1, 200, 40],
  ['s', 'service time S', 'ms', 1, 5000, 500],
  ['b', 'blocking of the loop b', 'ms', 0, 2000, 0],
  ['p', 'connections P, a worker (0: no pool)', '', 0, 200, 0],
  ['q', 'connection held q', 'ms', 0, 2000, 0],
  ['c', 'CPU a request costs the server c', 'ms', 0.05, 50, 0.5],
  ['g', 'CPU a request costs the generator g', 'ms', 0, 5, 0.2],
  ['z', 'think time Z', 'ms', 0, 5000, 0],
  ['k', 'cores C', '', 1, 64, 2],
];
const LOGARITHMIC = new Set(['n', 's', 'c']);
const STEPS = 1000;

const rate = (value) => (value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(4))));
const time = (seconds) => (seconds < 0.9995 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`);

// a slider's position to its value and back
const toValue = (place, name, low, high) => {
  const share = place / STEPS;
  const raw = LOGARITHMIC.has(name) ? low * (high / low) ** share : low + (high - low) * share;
  const step = low < 1 && low > 0 ? 0.05 : high <= 5 ? 0.05 : 1;
  return Number((Math.round(raw / step) * step).toFixed(2));
};
const toPlace = (value, name, low, high) =>
  Math.round(STEPS * (LOGARITHMIC.has(name) ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)));

function controls(state, changed) {
  const form = root.querySelector('form');
  const show = {};
  const choice = document.createElement('p');
  choice.innerHTML =
    '<label>endpoint <select name="kind"><option value="def">def: holds a thread token for S</option>' +
    '<option value="async">async def: holds none</option></select></label> ' +
    '<label>preset <select name="preset"><option value="">none: your own service</option></select></label>';
  form.append(choice);
  const kind = choice.querySelector('[name=kind]');
  const preset = choice.querySelector('[name=preset]');
  presets.forEach((one, index) => preset.add(new Option(one.name, String(index))));
  kind.addEventListener('change', () => changed({ ...state, kind: kind.value, preset: '' }));
  preset.addEventListener('change', () =>
    changed(preset.value === '' ? { ...state, preset: '' } : { ...presets[preset.value].state, preset: preset.value }),
  );
  for (const [name, label, unit, low, high] of SLIDERS) {
    const row = document.createElement('label');
    row.innerHTML = `<span>${label}</span><input type="range" min="0" max="${STEPS}" name="${name}"><output></output>`;
    const input = row.querySelector('input');
    const output = row.querySelector('output');
    input.addEventListener('input', () =>
      changed({ ...state, [name]: toValue(Number(input.value), name, low, high), preset: '' }),
    );
    show[name] = (value) => {
      input.value = toPlace(value, name, low, high);
      output.textContent = `${Number(value).toLocaleString('en')}${unit ? ` ${unit}` : ''}`;
      input.setAttribute('aria-valuetext', output.textContent);
    };
    form.append(row);
  }
  return (next) => {
    state = next;
    kind.value = next.kind;
    preset.value = next.preset;
    for (const [name] of SLIDERS) show[name](next[name]);
  };
}

const service = (state, vus = state.n) => ({
  vus,
  thinkTime: state.z / 1000,
  arrivals: 0,
  workers: state.w,
  tokens: state.t,
  waits: state.s / 1000,
  holdsToken: state.kind === 'def' ? state.s / 1000 : 0,
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
  costs: { server: state.c / 1000, generator: state.g / 1000, database: 0 },
});

function say(state, told) {
  const lines = told.ceilings.map((one, place) => {
    const name = place === 0 ? `<strong>${one.resource}</strong>` : one.resource;
    return `<tr><td>${name}</td><td style="text-align:right">${rate(one.throughput)}/s</td></tr>`;
  });
  root.querySelector('tbody').innerHTML = lines.join('');
  const captured = state.preset === '' ? '' : ` Captured: ${rate(presets[state.preset].measured)}/s.`;
  root.querySelector('[aria-live]').textContent =
    `Throughput ${rate(told.throughput)}/s, ${told.onKnee ? told.boundBy : `bound by ${told.boundBy}`}; ` +
    `response time ${time(Math.max(0, told.responseTime))}.${captured}`;
}

function draw(state, told) {
  const [width, height, left, bottom, top] = [640, 300, 60, 42, 14];
  const measured = state.preset === '' ? null : presets[state.preset].measured;
  // beyond the users' own ceiling more of them change nothing: the knee
  const others = predict({ ...service(state), vus: 1e12 });
  const knee = others.throughput * ((state.s + state.z) / 1000);
  const mostUsers = Math.max(2 * state.n, Math.min(2.5 * knee, 20000), 2);
  const highest = 1.25 * Math.max(others.throughput > 1e9 ? told.throughput : Math.min(others.throughput, 4 * told.throughput), measured || 0);
  const x = (users) => left + ((width - left - 10) * users) / mostUsers;
  const y = (perSecond) => height - bottom - (height - bottom - top) * Math.min(1, perSecond / highest);
  const line = Array.from({ length: 401 }, (_, i) => (mostUsers * i) / 400)
    .map((users) => `${x(users).toFixed(1)},${y(users ? predict(service(state, users)).throughput : 0).toFixed(1)}`)
    .join(' ');
  const ticks = [0, 0.5, 1];
  const parts = [
    ...ticks.map((share) => `<text x="${left - 6}" y="${y(highest * share * 0.8) + 4}" text-anchor="end">${rate(highest * share * 0.8)}</text>`),
    ...ticks.map((share) => `<text x="${x(mostUsers * share)}" y="${height - bottom + 18}" text-anchor="${share === 1 ? 'end' : 'middle'}">${rate(Math.round(mostUsers * share))}</text>`),
    `<path d="M${left} ${top}V${height - bottom}H${width - 10}" class="axis"/>`,
    `<polyline points="${line}" class="curve"/>`,
    `<text x="${(left + width) / 2}" y="${height - 6}" text-anchor="middle">virtual users N</text>`,
    `<text x="4" y="${top}" dominant-baseline="hanging">requests/s</text>`,
    `<circle cx="${x(state.n)}" cy="${y(told.throughput)}" r="6" class="here"/>`,
  ];
  if (knee > 0 && knee < mostUsers) {
    parts.push(`<path d="M${x(knee)} ${y(others.throughput)}V${height - bottom}" class="knee"/>`);
    parts.push(`<text x="${x(knee) + 5}" y="${height - bottom - 8}">knee at N = ${rate(Math.round(knee))}</text>`);
  }
  if (measured) parts.push(`<path d="M${x(state.n) - 6} ${y(measured) - 6}l12 12m0-12l-12 12" class="captured"/>`);
  const picture = root.querySelector('svg');
  picture.innerHTML = parts.join('');
  picture.setAttribute(
    'aria-label',
    `Predicted throughput over virtual users; at ${state.n} users ${rate(told.throughput)} a second` +
      (measured ? `, captured ${rate(measured)}` : ''),
  );
}

const standard = { kind: 'def', preset: '', ...Object.fromEntries(SLIDERS.map(([name, , , , , value]) => [name, value])) };

function fromAddress() {
  const state = { ...standard };
  for (const [name, text] of new URLSearchParams(location.hash.slice(1))) {
    const slider = SLIDERS.find(([known]) => known === name);
    const value = Number(text);
    if (slider && value >= slider[3] && value <= slider[4]) state[name] = value;
    if (name === 'kind' && ['def', 'async'].includes(text)) state.kind = text;
    if (name === 'preset' && presets[text]) Object.assign(state, presets[text].state, { preset: text });
  }
  return state;
}

function toAddress(state) {
  const told = state.preset === ''
    ? Object.entries(state).filter(([name, value]) => name !== 'preset' && value !== standard[name])
    : [['preset', state.preset]];
  history.replaceState(null, '', told.length ? `#${new URLSearchParams(told)}` : location.pathname);
}

let refresh = null;
function show(state) {
  const told = predict(service(state));
  refresh(state);
  say(state, told);
  draw(state, told);
  toAddress(state);
}
refresh = controls(standard, show);
show(fromAddress());
window.addEventListener('hashchange', () => show(fromAddress()));
