// The request view: every request of a service as a dot that passes through it, played by service.js.
//
// A `<div class="request-view">` holds stills, and in data-view {sliders, presets: [{name, service}]}. Nothing moves
// until the reader presses Play; stills stay where motion is not wanted, until a button asks for the view.
import { duration, rate, significant } from './format.js';
import { predict } from './queueing.js';
import { Simulation } from './service.js';

const ENDLESS = 1e9; // seconds: the steady phase lasts as long as somebody watches
const SPEEDS = [
  [0.02, '1/50 of real time'],
  [0.05, '1/20 of real time'],
  [0.25, '1/4 of real time'],
  [1, 'real time'],
  [4, '4 times real time'],
];
const FLIGHT_MS = 450; // how long a response flies out
const DOT = { wide: 7, narrow: 5 }; // a dot's cell, px

// stage: heading, what a request does there
const COLUMNS = {
  connect: 'accept queue',
  loop: 'event loop',
  token: 'waits for a token',
  thread: 'thread tokens',
  connection: 'waits for a connection',
  query: 'connections',
  await: 'awaits, holds nothing',
};
const SLIDERS = {
  vus: ['users', 1, 4000, 1],
  workers: ['workers', 1, 8, 1],
  tokens: ['thread tokens per worker', 1, 100, 1],
  waits: ['wait', 0.05, 2, 0.05, 's'],
  blocks: ['of it, blocking the loop', 0, 1, 0.01, 's'],
  poolSize: ['connections per worker', 1, 60, 1],
};

const number = (value) => (value >= 1000 ? rate(value) : String(significant(value, 3)));
const perSecond = (value) => `${number(value)}/s`;

/** The service with one setting changed; what a request holds follows its wait. */
function changed(service, name, value) {
  const next = { ...service, [name]: value };
  if (name === 'waits') {
    const scale = value / service.waits;
    for (const held of ['holdsToken', 'blocks', 'holdsConnection']) next[held] = service[held] * scale;
  }
  if (name === 'blocks') next.blocks = Math.min(value, next.waits);
  return next;
}

/** A run that is watched: plays on, and counts what a reader wants to know. */
class Watched {
  done = []; // [when, response time] of the last responses
  leaving = [];

  constructor(service) {
    this.service = service;
    this.law = predict(service);
    const load = { ...service, steady: ENDLESS, gracefulStop: 0 };
    this.simulation = new Simulation(load, { watch: (request, stage, now) => this.#saw(request, stage, now) });
    this.wave = service.waits || 0.1;
    this.span = this.wave * Math.max(1, Math.ceil(1 / this.wave)); // whole waves, a second or more
  }

  #saw(request, stage, now) {
    if (stage === 'responded') {
      if (!request.gone) this.done.push([now, now - request.begun]);
      this.leaving.push(request);
    } else if (request.begun === undefined) request.begun = now;
  }

  play(until) {
    this.simulation.run(until);
    const from = this.now - this.span;
    while (this.done.length && this.done[0][0] < from) this.done.shift();
  }

  get now() {
    return this.simulation.clock.now;
  }

  get throughput() {
    return this.done.length / Math.min(this.span, Math.max(this.now, 1e-9));
  }

  get responseTime() {
    const { done } = this;
    return done.length ? done.reduce((sum, [, took]) => sum + took, 0) / done.length : null;
  }

  /** How many requests are in each stage. */
  get counts() {
    const counts = {};
    for (const { stage } of this.simulation.requests) counts[stage] = (counts[stage] || 0) + 1;
    return counts;
  }

  /** The state in words. */
  get words() {
    const { service, simulation, counts, law } = this;
    const parts = [];
    const blocked = simulation.workers.filter((worker) => worker.blocking).length;
    const tokens = service.workers * service.tokens;
    const accepting = Math.min(service.backlog, 4096) - simulation.listener.room;
    // a def that uses a pool keeps its token while it waits for a connection and while it has one
    const held = (counts.thread || 0) + (counts.connection || 0) + (counts.query || 0);
    if (service.takesToken) parts.push(`${number(held)} of ${number(tokens)} tokens taken, ${number(counts.token || 0)} waiting for one`);
    if (service.pooled) parts.push(`${number(counts.query || 0)} of ${number(service.workers * service.poolSize)} connections taken, ${number(counts.connection || 0)} waiting for one`);
    if (!service.takesToken && (counts.await || !service.blocks)) parts.push(`${number(counts.await || 0)} awaiting`);
    if (service.blocks) parts.push(`${blocked} of ${service.workers} loops blocked, ${number(counts.loop || 0)} ready and waiting for the loop`);
    if (accepting) parts.push(`${number(accepting)} in the accept queue`);
    const refused = (counts.connect || 0) - accepting;
    if (refused > 0) parts.push(`${number(refused)} refused and asking again`);
    const took = this.responseTime;
    return (
      `After ${duration(this.now)}: ${parts.join('; ')}. ${perSecond(this.throughput)} completed` +
      `${took === null ? '' : `, after ${duration(took)} on average`}. ` +
      `The law says ${perSecond(law.throughput)}, ${law.onKnee ? law.limitedBy : `limited by ${law.limitedBy}`}.`
    );
  }
}

/** Where everything stands on a canvas of that width. */
function layout(service, width) {
  const narrow = width < 560;
  const cell = narrow ? DOT.narrow : DOT.wide;
  const names = ['connect', 'loop'];
  if (service.takesToken) names.push('token', 'thread');
  else names.push('await');
  if (service.pooled) names.push('connection', 'query');
  const weights =
    narrow && service.pooled // where the headings need the room
      ? { connect: 0.9, loop: 0.7, token: 1.1, thread: 1.1, connection: 1.4, query: 1.5, await: 2 }
      : { connect: 1.1, loop: 0.9, token: 1.6, thread: 1.3, connection: 1.1, query: 1, await: 2.6 };
  const total = names.reduce((sum, name) => sum + weights[name], 0);
  const gap = narrow ? 4 : 12;
  const room = width - gap * (names.length + 1) - (narrow ? 8 : 30);
  const top = (narrow ? 34 : 24) + (service.pooled ? 14 : 0); // a heading of three lines
  const tall = Math.max(54, Math.min(150, 300 / service.workers));
  let x = gap;
  const columns = {};
  for (const name of names) {
    const wide = (room * weights[name]) / total;
    columns[name] = { x, wide };
    x += wide + gap;
  }
  return { columns, cell, top, tall, narrow, out: x, width, height: top + service.workers * (tall + 8) };
}

/** Draws a watched run; remembers where each request was, so that it moves there from here. */
class Picture {
  #places = new Map();
  #seats = new Map(); // worker and stage: the request in each place
  #flying = [];

  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
  }

  fit(service) {
    const ratio = Math.min(2, devicePixelRatio || 1);
    const width = Math.max(280, this.canvas.parentElement.clientWidth);
    this.at = layout(service, width);
    Object.assign(this.canvas, { width: width * ratio, height: this.at.height * ratio });
    this.canvas.style.height = `${this.at.height}px`;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const styles = getComputedStyle(this.canvas);
    const colour = (name) => styles.getPropertyValue(`--view-${name}`).trim();
    this.colours = { ink: styles.color, faint: colour('faint'), waits: colour('waits'), works: colour('works'), blocks: colour('blocks') };
    this.font = styles.fontFamily;
  }

  forget() {
    this.#places.clear();
    this.#seats.clear();
    this.#flying = [];
  }

  /** One frame. `jump` puts every request where it belongs at once. */
  draw(watched, jump) {
    const { context, at, colours } = this;
    const { service, simulation } = watched;
    context.clearRect(0, 0, at.width, at.height);
    this.#boxes(watched);
    const groups = new Map();
    for (const request of simulation.requests) {
      const worker = request.worker && request.stage !== 'connect' ? request.worker.number : 0;
      const stage = request.stage === 'block' ? 'loop' : request.stage;
      const key = stage === 'connect' ? 'connect' : `${stage} ${worker}`;
      if (!groups.has(key)) groups.set(key, { stage, worker, members: [] });
      groups.get(key).members.push(request);
    }
    const colour = { thread: colours.works, query: colours.works, await: colours.works };
    for (const { stage, worker, members } of groups.values()) {
      const last = (one) => (one.stage === 'block' ? -1 : one.since); // who blocks the loop stands in front
      members.sort((one, other) => last(one) - last(other) || one.number - other.number);
      const column = at.columns[stage];
      if (!column) continue;
      const box = stage === 'connect' ? { y: at.top, tall: at.height - at.top - 8 } : { y: this.#row(worker), tall: at.tall };
      if (stage === 'thread' || stage === 'query' || stage === 'await') this.#sit(members, stage, worker, column, box, service, jump, colour[stage]);
      else this.#queue(members, column, box, jump, simulation);
    }
    this.#fly(watched);
  }

  #row(worker) {
    return this.at.top + worker * (this.at.tall + 8);
  }

  #boxes({ service, simulation }) {
    const { context, at, colours } = this;
    const size = at.narrow ? 11 : 12;
    context.font = `${size}px ${this.font}`;
    context.textAlign = 'left';
    context.textBaseline = 'alphabetic';
    for (const [name, column] of Object.entries(at.columns)) {
      context.fillStyle = colours.ink;
      const words = name === 'thread' ? `${service.tokens} tokens` : name === 'query' ? `${service.poolSize} connections` : COLUMNS[name];
      this.#label(words, column.x, column.wide, size);
      context.strokeStyle = colours.faint;
      context.lineWidth = 1;
      const rows = name === 'connect' ? [[at.top, at.height - at.top - 8]] : simulation.workers.map((worker) => [this.#row(worker.number), at.tall]);
      for (const [y, tall] of rows) context.strokeRect(column.x + 0.5, y + 0.5, column.wide - 1, tall - 1);
    }
    context.textAlign = 'left';
    for (const worker of simulation.workers) {
      if (!worker.blocking) continue;
      const { x, wide } = at.columns.loop;
      context.fillStyle = colours.blocks;
      context.globalAlpha = 0.25;
      context.fillRect(x, this.#row(worker.number), wide, at.tall);
      context.globalAlpha = 1;
    }
    const held = new Map();
    for (const { stage, worker } of simulation.requests) {
      if (stage === 'connection' || stage === 'query') held.set(worker.number, (held.get(worker.number) || 0) + 1);
    }
    for (const [stage, count] of [['thread', service.tokens], ['query', service.poolSize]]) {
      if (!at.columns[stage]) continue;
      for (const worker of simulation.workers) {
        const box = { y: this.#row(worker.number), tall: at.tall };
        // whose requests are at the connections: they keep their tokens
        const elsewhere = service.pooled && service.takesToken ? held.get(worker.number) || 0 : 0;
        context.fillStyle = colours.works;
        for (let place = 0; place < count; place += 1) {
          const [x, y, step] = this.#seat(place, count, at.columns[stage], box);
          context.strokeRect(x - step / 2 + 1, y - step / 2 + 1, step - 2, step - 2);
          if (stage === 'thread' && place < elsewhere) context.fillRect(x - step / 2 + 2, y - step / 2 + 2, step - 4, step - 4);
        }
      }
    }
  }

  #label(words, x, wide, size) {
    const { context, at } = this;
    const lines = [];
    for (const word of words.split(' ')) {
      const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
      if (lines.length && context.measureText(longer).width <= wide) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    lines.slice(0, 3).forEach((line, place, all) => context.fillText(line, x, at.top - 5 - (all.length - 1 - place) * (size + 1)));
  }

  /** The middle of a seat and the size of its cell: as large as they all find room. */
  #seat(place, count, { x, wide }, { y, tall }) {
    let step = 18;
    while (step > 3 && Math.floor((wide - 4) / step) * Math.floor((tall - 4) / step) < count) step -= 0.5;
    const across = Math.max(1, Math.floor((wide - 4) / step));
    return [x + 3 + ((place % across) + 0.5) * step, y + 3 + (Math.floor(place / across) + 0.5) * step, step];
  }

  #sit(members, stage, worker, column, box, service, jump, colour) {
    const key = `${stage} ${worker}`;
    if (!this.#seats.has(key)) this.#seats.set(key, []);
    const seats = this.#seats.get(key);
    const here = new Set(members);
    for (let place = 0; place < seats.length; place += 1) if (!here.has(seats[place])) seats[place] = null;
    for (const request of seats) here.delete(request);
    for (const request of here) {
      const free = seats.indexOf(null);
      if (free < 0) seats.push(request);
      else seats[free] = request;
    }
    const count = stage === 'thread' ? service.tokens : stage === 'query' ? service.poolSize : Math.max(120, seats.length);
    seats.forEach((request, place) => {
      if (!request) return;
      const [x, y, step] = this.#seat(place, count, column, box);
      this.#dot(request, x, y, Math.max(1.5, step / 2 - 2), colour, jump);
    });
  }

  /** First come stands at the right, next to where it goes; what finds no room is a number. */
  #queue(members, column, box, jump, simulation) {
    const { context, at, colours } = this;
    const blocking = new Set(simulation.workers.map((worker) => worker.blocking));
    const down = Math.max(1, Math.floor((box.tall - 16) / at.cell));
    const across = Math.max(1, Math.floor((column.wide - 4) / at.cell));
    members.slice(0, down * across).forEach((request, place) => {
      const x = column.x + column.wide - 3 - (Math.floor(place / down) + 0.5) * at.cell;
      const y = box.y + 3 + ((place % down) + 0.5) * at.cell;
      this.#dot(request, x, y, at.cell / 2 - 1, blocking.has(request) ? colours.blocks : colours.waits, jump);
    });
    context.fillStyle = colours.ink;
    context.textAlign = 'right';
    if (members.length > 3) context.fillText(number(members.length), column.x + column.wide - 3, box.y + box.tall - 3);
    context.textAlign = 'left';
  }

  #dot(request, x, y, radius, colour, jump) {
    const { context } = this;
    const place = this.#places.get(request) || { x: jump ? x : Math.max(0, x - 40), y };
    const share = jump ? 1 : 0.22;
    place.x += (x - place.x) * share;
    place.y += (y - place.y) * share;
    this.#places.set(request, place);
    context.fillStyle = request.gone ? this.colours.faint : colour;
    context.beginPath();
    context.arc(place.x, place.y, radius, 0, 7);
    context.fill();
  }

  #fly(watched) {
    const { context, at, colours } = this;
    const now = performance.now();
    for (const request of watched.leaving.splice(0)) {
      const place = this.#places.get(request);
      this.#places.delete(request);
      if (place && this.#flying.length < 400) this.#flying.push({ ...place, from: now });
    }
    this.#flying = this.#flying.filter((one) => now - one.from < FLIGHT_MS);
    context.fillStyle = colours.works;
    for (const one of this.#flying) {
      const share = (now - one.from) / FLIGHT_MS;
      context.globalAlpha = 1 - share;
      context.fillRect(one.x + (at.width - one.x) * share, one.y - 1.5, 5, 3);
    }
    context.globalAlpha = 1;
  }
}

const button = (text, press) => {
  const made = document.createElement('button');
  Object.assign(made, { type: 'button', className: 'md-button', textContent: text });
  made.addEventListener('click', press);
  return made;
};

const labelled = (text, control) => {
  const label = document.createElement('label');
  label.append(text, ' ', control);
  return label;
};

const choice = (options, chosen, choose) => {
  const box = document.createElement('select');
  options.forEach((text, place) => box.add(new Option(text, place)));
  box.selectedIndex = chosen;
  box.addEventListener('change', () => choose(box.selectedIndex));
  return box;
};

/** Turns one `<div class="request-view">` into the view. */
export function mount(root, { sliders, presets }) {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let { service } = presets[0];
  let watched = null;
  let playing = false;
  let last = 0;
  let said = 0;

  const panel = document.createElement('div');
  const canvas = document.createElement('canvas');
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'img');
  const words = document.createElement('p');
  words.className = 'words';
  const bar = document.createElement('div');
  bar.className = 'bar';
  const settings = document.createElement('div');
  settings.className = 'settings';
  // the same for the eye, side by side; the words are for everybody
  const live = document.createElement('p');
  live.className = 'live';
  live.setAttribute('aria-hidden', 'true');
  live.innerHTML = '<span><b></b> completed now</span><span><b></b> the law allows</span><span><b></b> requests in flight</span>';
  const picture = new Picture(canvas);

  // slow enough that a wait takes about two seconds on the screen, and that dots can be told apart
  const fitting = (wanted) => {
    const slow = Math.min(wanted.waits / 1.5, 200 / Math.max(1, predict(wanted).throughput));
    return SPEEDS.reduce((best, [speed], place) => (speed <= Math.max(slow, SPEEDS[0][0]) * 1.3 ? place : best), 0);
  };
  let speed = fitting(service);
  const speedBox = choice(SPEEDS.map(([, text]) => text), speed, (place) => (speed = place));
  const play = button('Play', () => (playing ? pause() : start()));
  const step = button('Step', () => {
    pause();
    watched.play(watched.now + watched.wave / 8);
    show(true);
  });
  const reset = button('Reset', () => {
    pause();
    begin();
  });

  function say() {
    words.textContent = watched.words;
    const told = [perSecond(watched.throughput), perSecond(watched.law.throughput), number(watched.simulation.requests.size)];
    live.querySelectorAll('b').forEach((one, place) => (one.textContent = told[place]));
    canvas.setAttribute('aria-label', `The service, request by request. ${watched.words}`);
  }

  function show(jump) {
    picture.draw(watched, jump);
    say();
  }

  function begin() {
    watched = new Watched(service);
    picture.forget();
    picture.fit(service);
    show(true);
  }

  function start() {
    playing = true;
    play.textContent = 'Pause';
    words.setAttribute('aria-live', 'off'); // it changes all the time: what it says is told when it stops
    last = performance.now();
    requestAnimationFrame(frame);
  }

  function pause() {
    playing = false;
    play.textContent = 'Play';
    words.setAttribute('aria-live', 'polite');
    if (watched) say();
  }

  function frame(now) {
    if (!playing || !root.isConnected) return;
    const passed = Math.min(100, now - last) / 1000;
    last = now;
    if (inSight) {
      watched.play(watched.now + passed * SPEEDS[speed][0]);
      picture.draw(watched, false);
      if (now - said > 400) {
        said = now;
        say();
      }
    }
    requestAnimationFrame(frame);
  }

  let inSight = true;
  new IntersectionObserver(([seen]) => (inSight = seen.isIntersecting)).observe(root);
  new ResizeObserver(() => {
    if (watched && canvas.isConnected && picture.at.width !== Math.max(280, panel.clientWidth)) {
      picture.fit(service);
      show(true);
    }
  }).observe(panel);
  new MutationObserver(() => {
    picture.fit(service);
    show(true);
  }).observe(document.body, { attributes: true, attributeFilter: ['data-md-color-scheme'] });

  function change(next) {
    service = next;
    for (const [name, input, output] of shown) {
      input.value = service[name];
      output.textContent = `${number(service[name])}${SLIDERS[name][4] ? ` ${SLIDERS[name][4]}` : ''}`;
      input.setAttribute('aria-valuetext', output.textContent);
    }
    if (watched) begin();
  }

  const shown = sliders.map((name) => {
    const [text, low, high, by] = SLIDERS[name];
    const input = document.createElement('input');
    Object.assign(input, { type: 'range', min: low, max: Math.max(high, ...presets.map((one) => one.service[name])), step: by, name });
    const output = document.createElement('output');
    input.addEventListener('input', () => change(changed(service, name, Number(input.value))));
    const row = document.createElement('label');
    const title = document.createElement('span');
    title.textContent = text;
    row.append(title, input, output);
    settings.append(row);
    return [name, input, output];
  });
  const preset = choice(presets.map((one) => one.name), 0, (place) => {
    speedBox.selectedIndex = speed = fitting(presets[place].service);
    change(presets[place].service);
  });

  canvas.addEventListener('keydown', (event) => {
    const act = { ' ': play, ArrowRight: step, Home: reset }[event.key];
    if (act) {
      event.preventDefault();
      act.click();
    }
  });

  bar.append(play, step, reset);
  if (presets.length > 1) bar.append(labelled('Show', preset));
  bar.append(labelled('Speed', speedBox));
  panel.append(bar, canvas, live, words, settings);

  function open() {
    for (const one of root.querySelectorAll(':scope > p')) one.remove();
    root.prepend(panel);
    change(service);
    begin();
    // begun where there is something to see: the still's own moment
    watched.play(Number(root.dataset.at || 0));
    show(true);
  }

  if (still) root.append(button('Open the moving view', (event) => {
    event.target.remove();
    open();
    canvas.focus();
  }));
  else open();
}
