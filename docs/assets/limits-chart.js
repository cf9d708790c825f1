// Every limit of a service as a line over its users, and the lowest one strong.
//
// The axes stand still while the sliders move, so that a slider is seen to move a line. Both count in tens: limits
// that are far apart stand in one picture, like stairs.
import { rate } from './format.js';
import { knee, users } from './queueing.js';

const MOST_USERS = 10000; // as far as the slider goes
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 8, 28, 36]; // px around the plot
const [ABOVE, BELOW, APART] = [-5, 14, 15]; // px from a line to its name; between two names
const ROOM = 40; // px that a name on the slope, or at the ground, needs
const SAMPLES = 240;

const power = (value, round) => 10 ** round(Math.log10(value) + 1e-9);
const decades = (low, high) => Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, place) => low * 10 ** place);

/** What the picture shows: from 1 to 10,000 per second, or as far as what happens in it goes. */
function range(seen) {
  return [Math.min(1, power(Math.min(...seen), Math.floor)), Math.max(10000, power(1.2 * Math.max(...seen), Math.ceil))];
}

/** Where the names of lines stand that are at these heights, the lowest line first: above its line, below it where the
 * next line is too near, and never on each other. */
function placed(heights) {
  let below = Infinity;
  return heights.map((height, place) => {
    const near = height - (heights[place + 1] ?? -Infinity) < 2 * APART - BELOW;
    const free = below - height > BELOW + APART;
    below = Math.min(height + (near && free ? BELOW : ABOVE), below - APART);
    return below;
  });
}

/** The inside of an SVG so wide and so tall, in px: `told` is what predict() says of the service. */
export function limitsChart(service, told, measured, width, height) {
  const others = told.ceilings.filter((one) => one.resource !== 'virtual users'); // the lowest one first
  const seen = [told.throughput, ...others.slice(0, 1).map((one) => one.throughput), ...(measured ? [measured] : [])];
  const [low, high] = range(seen);
  const ground = height - BOTTOM;
  const x = (count) => LEFT + ((width - LEFT - RIGHT) * Math.log10(count)) / Math.log10(MOST_USERS);
  const y = (perSecond) => ground - ((ground - TOP) * Math.log10(perSecond / low)) / Math.log10(high / low);
  const bend = knee(service);
  const own = (count) => users(count, service.waits, service.thinkTime);
  const counts = Array.from({ length: SAMPLES + 1 }, (_, place) => MOST_USERS ** (place / SAMPLES));
  const path = (name, wanted, value) => {
    const drawn = wanted.filter((count) => value(count) >= low && value(count) <= high);
    return `<polyline class="${name}" points="${drawn.map((count) => `${x(count).toFixed(1)},${y(value(count)).toFixed(1)}`).join(' ')}"/>`;
  };
  const binding = told.ceilings.slice(0, told.onKnee ? 2 : 1).map((one) => one.resource);
  const strong = (name) => (binding.includes(name) ? ' binds' : '');

  const lines = others.filter((one) => one.throughput >= low && one.throughput <= high);
  const names = placed(lines.map((one) => y(one.throughput)));
  const rising = counts.filter((count) => count < bend);
  const level = counts.filter((count) => count > bend);
  const turn = bend >= 1 && bend <= MOST_USERS ? [bend] : [];
  const [from, to] = [Math.max(1, low / own(1)), Math.min(bend, MOST_USERS)]; // where the users' own line is the lowest
  const parts = [
    ...decades(low, high).map((one) => `<text x="${LEFT - 6}" y="${y(one) + 4}" text-anchor="end">${rate(one)}</text>`),
    ...decades(1, MOST_USERS).map((one) => `<text x="${x(one)}" y="${ground + 16}" text-anchor="${one === MOST_USERS ? 'end' : 'middle'}">${rate(one)}</text>`),
    `<text x="0" y="12">requests/s</text>`,
    `<text x="${(LEFT + width) / 2}" y="${height - 5}" text-anchor="middle">virtual users N</text>`,
    `<path d="M${LEFT} ${TOP}V${ground}H${width - RIGHT}" class="axis"/>`,
    ...lines.map((one) => `<path d="M${LEFT} ${y(one.throughput)}H${width - RIGHT}" class="limit"/>`),
    path('limit', counts, own),
    path(`curve${strong('virtual users')}`, [...rising, ...turn], own),
  ];
  if (others.length) {
    parts.push(path(`curve${strong(others[0].resource)}`, [...turn, ...level], () => others[0].throughput));
  }
  if (turn.length) {
    parts.push(`<path d="M${x(bend)} ${y(others[0].throughput)}V${ground}" class="knee"/>`);
    const [anchor, aside] = x(bend) > width - 120 ? ['end', -5] : ['start', 5];
    const says = y(others[0].throughput) < ground - ROOM ? `knee: ${rate(Math.round(bend))} users` : '';
    parts.push(`<text x="${x(bend) + aside}" y="${ground - 6}" text-anchor="${anchor}">${says}</text>`);
  }
  if (x(to) - x(from) > ROOM) {
    const middle = Math.sqrt(from * to);
    parts.push(`<text x="${x(middle) + 9}" y="${y(own(middle)) + 10}" class="name${strong('virtual users')}">virtual users</text>`);
  }
  lines.forEach(({ resource, throughput }, place) => {
    parts.push(`<text x="${LEFT + 6}" y="${names[place]}" class="name${strong(resource)}">${resource} ${rate(throughput)}/s</text>`);
  });
  parts.push(`<circle cx="${x(service.vus)}" cy="${y(told.throughput)}" r="6" class="here"/>`);
  if (measured) parts.push(`<path d="M${x(service.vus) - 6} ${y(measured) - 6}l12 12m0-12l-12 12" class="captured"/>`);
  return parts.join('');
}
