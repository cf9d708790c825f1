// Six requests on one time axis: flip the one line of code and watch what it does, played by service.js.
//
// A `<div class="three-ways">` holds stills, and in data-view {ways: [{name, code, service}], tokens}: all times are 1 s.
import { Simulation } from './service.js';

const REQUESTS = 6;
const SWEEP_MS = 700; // of the screen's time for each second of the picture
const [WIDTH, LEFT, ROW, TOP] = [640, 34, 26, 28];
const MEANS = { token: 'waits for a token', loop: 'waits for the loop', connect: 'not accepted yet', thread: 'in a thread', await: 'awaits', block: 'blocks the loop' };

/** What each request does from when to when: [{stage, from, to}] of each. */
export function segments(service) {
  const found = [];
  const last = new Map();
  const watch = (request, stage, now) => {
    const before = last.get(request);
    if (!before) found.push((request.segments = []));
    else if (now > before.from) request.segments.push({ ...before, to: now });
    last.set(request, { stage, from: now });
  };
  const load = { ramp: 0, steady: 1e-6, timeout: 1e6, gracefulStop: 1e6, vus: REQUESTS, workers: 1, thinkTime: 0 };
  new Simulation({ ...service, ...load }, { watch }).run(1e6);
  return found;
}

const ends = (rows) => Math.max(...rows.map((row) => row[row.length - 1].to));

function sentence(way, rows) {
  const most = ends(rows);
  const inTime = rows.filter((row) => row[row.length - 1].to < 1.01).length;
  return `${way.name}: ${inTime} of ${REQUESTS} responses after one second, the last after ${most.toFixed(0)} s.`;
}

/** The bars of all requests, up to `REQUESTS` seconds wide. */
function draw(picture, rows, id) {
  const x = (seconds) => LEFT + ((WIDTH - LEFT - 10) * seconds) / REQUESTS;
  const bottom = TOP + rows.length * ROW;
  const ticks = Array.from({ length: REQUESTS + 1 }, (_, second) => `<path class="axis" d="M${x(second)} ${TOP}V${bottom}"/><text x="${x(second)}" y="${bottom + 20}" text-anchor="${second === REQUESTS ? 'end' : 'middle'}">${second} s</text>`);
  const bars = rows.map((row, place) => {
    const y = TOP + place * ROW + 4;
    const parts = row.map(({ stage, from, to }) => `<rect class="${stage}" x="${x(from)}" y="${y}" width="${x(to) - x(from)}" height="${ROW - 8}"><title>${MEANS[stage]}</title></rect>`);
    return `<text x="${LEFT - 8}" y="${y + 15}" text-anchor="end">${place + 1}</text><g clip-path="url(#${id})">${parts.join('')}</g>`;
  });
  picture.innerHTML = `<defs><clipPath id="${id}"><rect x="0" y="0" width="${WIDTH}" height="400"/></clipPath></defs><text x="0" y="18">request</text>${ticks.join('')}${bars.join('')}<path class="cursor" d="M${WIDTH} ${TOP}V${bottom}"/>`;
  picture.setAttribute('viewBox', `0 0 ${WIDTH} ${bottom + 28}`);
  return x;
}

let made = 0;

/** Turns one `<div class="three-ways">` into the figure that can be flipped. */
export function mount(root, { ways, tokens }) {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const id = `sweep-${(made += 1)}`;
  const panel = document.createElement('div');
  panel.innerHTML =
    '<form aria-label="How the endpoint waits"><fieldset><legend>Flip the line</legend></fieldset>' +
    `<label class="tokens"><span>thread tokens</span><input type="range" name="tokens" min="1" max="${REQUESTS}" step="1"><output></output></label></form>` +
    '<svg role="img"></svg><p role="status"></p>';
  const [form, picture, said] = panel.children;
  const [set, slider] = form.children;
  form.addEventListener('submit', (event) => event.preventDefault());
  const [, input, output] = slider.children;
  input.value = tokens;
  for (const [place, way] of ways.entries()) {
    const label = document.createElement('label');
    label.innerHTML = `<input type="radio" name="way-${id}" value="${place}"><code></code>`;
    label.querySelector('code').textContent = way.code;
    label.querySelector('input').checked = place === 0;
    set.append(label);
  }
  let sweeping = 0;

  function show(moving) {
    const way = ways[Number(form.querySelector(':checked').value)];
    output.textContent = input.value;
    const rows = segments({ ...way.service, tokens: Number(input.value) });
    const x = draw(picture, rows, id);
    said.textContent = sentence(way, rows);
    picture.setAttribute('aria-label', said.textContent);
    cancelAnimationFrame(sweeping);
    const clip = picture.querySelector('clipPath rect');
    const cursor = picture.querySelector('.cursor');
    const place = (seconds) => {
      clip.setAttribute('width', x(seconds));
      cursor.setAttribute('transform', `translate(${x(seconds) - WIDTH})`);
    };
    place(moving && !still ? 0 : REQUESTS);
    if (still || !moving) return;
    const from = performance.now();
    const sweep = (now) => {
      const seconds = Math.min(REQUESTS, (now - from) / SWEEP_MS);
      place(Math.max(0, seconds));
      if (seconds < REQUESTS) sweeping = requestAnimationFrame(sweep);
    };
    sweeping = requestAnimationFrame(sweep);
  }

  form.addEventListener('input', () => show(true));
  root.prepend(panel);
  show(false);
  // it moves by itself once, when it is first seen whole
  const first = new IntersectionObserver(([seen]) => {
    if (seen.isIntersecting) {
      first.disconnect();
      show(true);
    }
  }, { threshold: 0.9 });
  first.observe(picture);
}
