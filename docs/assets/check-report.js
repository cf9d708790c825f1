// "Check a benchmark": a published load test held against the operational laws, the same as labs/reports/check.py.
// A test holds both to the same reports. A `<div class="check-report">` becomes the form; its state is the address.
import { duration, grouped, rate, significant } from './format.js';
import * as laws from './queueing.js';

const [TOKENS, ROUNDING, EXPLAINED, ALONE] = [40, 0.05, 0.85, 0.8];

// name in the address and in the report, label, unit, smallest value
const FIELDS = [
  ['workers', 'workers', '', 1],
  ['tokens', 'thread tokens per worker (40 unless changed)', '', 1],
  ['users', 'users, or connections of the load generator', '', 1],
  ['think_time_s', 'pause of each user', 's', 0],
  ['service_time_s', 'wait of each request', 's', 0],
  ['blocking_time_s', 'of it, blocking the event loop', 's', 0],
  ['pool', 'database connections per worker', '', 1],
  ['connection_time_s', 'connection held', 's', 0],
  ['throughput_per_s', 'reported requests per second', '', 0],
  ['mean_s', 'mean response time', 's', 0],
  ['p50_s', 'median', 's', 0],
  ['p90_s', 'p90', 's', 0],
  ['p95_s', 'p95', 's', 0],
  ['p99_s', 'p99', 's', 0],
  ['max_s', 'slowest', 's', 0],
  ['requests', 'requests in all', '', 0],
  ['failed', 'failed', '', 0],
  ['duration_s', 'duration', 's', 0],
];
const WHOLE = new Set(['workers', 'tokens', 'users', 'pool', 'requests', 'failed']);

const known = (value) => value !== null && value !== undefined;

// The rate of requests that didn't fail. A reported rate counts the failed ones too, as most tools do, unless it's
// nearer to the rate of the others.
const completed = (report) => {
  const { throughput_per_s: told, requests, failed, duration_s: seconds } = report;
  const good = known(requests) ? Math.max(0, requests - (failed || 0)) : null;
  const counted = good === null || !known(seconds) ? null : good / seconds;
  if (!known(told) || !requests || !failed) return known(told) ? told : counted;
  const least = (told * good) / requests;
  return counted !== null && Math.abs(told - counted) < Math.abs(least - counted) ? told : least;
};
const reported = (report) => (known(report.throughput_per_s) ? report.throughput_per_s : completed(report));

function limitsOf(report) {
  const found = [];
  const { workers, service_time_s: service, blocking_time_s: blocking, think_time_s: pause } = report;
  if (report.users && known(service) && service + pause > 0) {
    const perSecond = laws.users(report.users, service, pause);
    const rest = pause ? ` + ${duration(pause)} of pause` : '';
    found.push({ law: 'users', perSecond, says: `${grouped(report.users)} users ÷ (${duration(service)}${rest}) = ${rate(perSecond)}/s` });
  }
  if (report.kind === 'def' && workers && service) {
    const tokens = report.tokens || TOKENS;
    const perSecond = laws.threadTokens(workers, tokens, service);
    found.push({ law: 'thread tokens', perSecond, says: `${workers} × ${tokens} thread tokens ÷ ${duration(service)} = ${rate(perSecond)}/s`, perWorker: tokens / service });
  }
  if (report.kind === 'async' && workers && blocking) {
    const perSecond = laws.eventLoop(workers, blocking);
    found.push({ law: 'event loop', perSecond, says: `${workers} event loops ÷ ${duration(blocking)} of blocking = ${rate(perSecond)}/s`, perWorker: 1 / blocking });
  }
  const held = report.connection_time_s;
  if (report.pool && workers && held) {
    const perSecond = laws.pool(workers, report.pool, held);
    found.push({ law: 'connection pool', perSecond, says: `${workers} × ${report.pool} connections ÷ ${duration(held)} = ${rate(perSecond)}/s`, perWorker: report.pool / held });
  }
  return found;
}

function ceilings(report, limits, measured) {
  return limits.map(({ law, perSecond, says }) => {
    if (measured === null) return { law, says: `allow ${says}`, off: null };
    const begun = report.duration_s ? (report.service_time_s || 0) / report.duration_s : 0;
    const off = measured > perSecond * (1 + ROUNDING + begun) ? measured / perSecond : null;
    const whose = [null, undefined, measured].includes(report.throughput_per_s) ? 'reported' : 'completed without failing';
    return { law, says: `${says}; ${whose} ${rate(measured)}/s`, off };
  });
}

function counts(report) {
  const { requests, failed, duration_s: seconds, throughput_per_s: told } = report;
  if (known(requests) && (failed || 0) > requests) {
    return [{ law: 'counting', says: `${grouped(failed)} requests failed, of ${grouped(requests)}`, off: failed / Math.max(requests, 1) }];
  }
  if (!known(requests) || !known(seconds) || !known(told)) return [];
  const counted = requests / seconds;
  const good = (requests - (failed || 0)) / seconds;
  const flying = requests ? (report.users || 0) / requests : 0;
  const low = Math.min(counted, good) * (1 - ROUNDING - flying);
  const high = Math.max(counted, good) * (1 + ROUNDING + flying);
  const off = low <= told && told <= high ? null : counted ? told / counted : null;
  return [{ law: 'counting', says: `${grouped(requests)} requests ÷ ${duration(seconds)} = ${rate(counted)}/s; reported ${rate(told)}/s`, off }];
}

function little(report) {
  const measured = reported(report);
  if (measured === null || !known(report.mean_s) || !known(report.users)) return [];
  const busy = measured * (report.mean_s + report.think_time_s);
  const pause = report.think_time_s ? ` + ${duration(report.think_time_s)}` : '';
  const others = busy < ALONE * report.users ? '; the others pause, arrive late, or wait outside the service, or a time is in another unit' : '';
  const says = `${rate(measured)}/s × (${duration(report.mean_s)}${pause}) = ${rate(busy)} users at once, of ${grouped(report.users)}${others}`;
  return [{ law: "Little's law", says, off: busy > report.users * (1 + 2 * ROUNDING) ? busy / report.users : null }];
}

const percentile = (share) => (share === 1 ? 'the slowest' : `p${Number((share * 100).toPrecision(6))}`);

function times(report) {
  const found = [];
  const ranked = [[0.5, report.p50_s], [0.9, report.p90_s], [0.95, report.p95_s], [0.99, report.p99_s], [1, report.max_s]].filter(([, value]) => known(value));
  ranked.slice(1).forEach(([share, other], place) => {
    const one = ranked[place][1];
    if (other < one * (1 - 0.001)) found.push({ law: 'order of percentiles', says: `${percentile(share)} is ${duration(other)}, below the percentile before it, ${duration(one)}`, off: other ? one / other : null });
  });
  const waits = report.service_time_s;
  for (const [name, value] of [['the mean', report.mean_s], ['the median', report.p50_s]]) {
    if (waits && known(value) && !report.failed && value < waits * (1 - ROUNDING)) {
      found.push({ law: 'service time', says: `${name} is ${duration(value)}, but each request waits ${duration(waits)}`, off: value ? waits / value : null });
    }
  }
  if (known(report.mean_s)) {
    for (const [share, value] of ranked) {
      const least = value * (1 - share);
      if (share < 1 && report.mean_s < least * (1 - ROUNDING)) {
        found.push({ law: 'mean and percentile', says: `${percentile(share)} is ${duration(value)}, so the mean is at least ${duration(least)}; reported ${duration(report.mean_s)}`, off: report.mean_s ? least / report.mean_s : null });
      }
    }
    if (known(report.max_s) && report.mean_s > report.max_s * (1 + 0.001)) {
      found.push({ law: 'mean and slowest', says: `the mean is ${duration(report.mean_s)}, the slowest ${duration(report.max_s)}`, off: report.max_s ? report.mean_s / report.max_s : null });
    }
  }
  return found;
}

function fits(limits, measured) {
  return limits
    .filter((one) => measured && one.perWorker && measured > one.perSecond * (1 + ROUNDING))
    .map((one) => {
      const needed = Math.ceil(measured / one.perWorker / (1 + ROUNDING));
      return `with ${needed} workers this limit fits: ${one.law} then allow ${rate(needed * one.perWorker)}/s`;
    });
}

const about = (value) => (Math.abs(value - Math.round(value)) < 0.02 * value ? String(Math.round(value)) : String(significant(value, 3)));

function recovered(report, measured) {
  const found = [];
  const tokens = report.tokens || TOKENS;
  if (measured === null) found.push('a throughput, or requests and duration, would say how near it comes to these limits');
  else if (!report.workers) {
    if (report.kind === 'def' && report.service_time_s) found.push(`if thread tokens limit it, it has ${about((measured * report.service_time_s) / tokens)} workers`);
    if (report.kind === 'async' && report.blocking_time_s) found.push(`if the event loop limits it, it has ${about(measured * report.blocking_time_s)} workers`);
  } else if (!known(report.service_time_s) && report.kind === 'def') {
    found.push(`if thread tokens limit it, each is held for ${duration((report.workers * tokens) / measured)}`);
  }
  if (measured && report.users && !known(report.mean_s)) {
    const mean = Math.max(0, laws.responseTime(report.users, measured, report.think_time_s));
    found.push(`by Little's law the mean response time is ${duration(mean)}`);
  }
  return found;
}

/** {outcome, findings: [{law, says, off}], fits}: `off` is null where a law holds. */
export function check(report) {
  const limits = limitsOf(report);
  const measured = completed(report);
  const findings = [...ceilings(report, limits, measured), ...counts(report), ...little(report), ...times(report)];
  if (findings.some((one) => one.off !== null)) return { outcome: 'impossible', findings, fits: fits(limits, measured) };
  if (measured === null || !limits.length) return { outcome: 'missing', findings, fits: recovered(report, measured) };
  const lowest = limits.reduce((best, one) => (one.perSecond < best.perSecond ? one : best));
  const busy = known(report.mean_s) && known(report.users) && reported(report) * (report.mean_s + report.think_time_s) >= ALONE * report.users;
  const explained = (lowest.law === 'users' && busy) || measured >= EXPLAINED * lowest.perSecond;
  return { outcome: explained ? 'consistent' : 'possible, but slower than these limits explain', findings, fits: [] };
}

const empty = () => ({ kind: 'def', ...Object.fromEntries(FIELDS.map(([name]) => [name, null])), think_time_s: 0 });

function fromAddress() {
  const report = empty();
  for (const [name, text] of new URLSearchParams(location.hash.slice(1))) {
    const field = FIELDS.find(([one]) => one === name);
    const value = Number(text);
    if (field && text !== '' && value >= field[3] && (!WHOLE.has(name) || Number.isInteger(value))) report[name] = value;
    if (name === 'kind' && ['def', 'async'].includes(text)) report.kind = text;
  }
  return report;
}

function toAddress(report) {
  const fresh = empty();
  const told = Object.entries(report).filter(([name, value]) => value !== fresh[name]);
  history.replaceState(history.state, '', told.length ? `#${new URLSearchParams(told)}` : location.pathname);
}

/** Turns one `<div class="check-report">` into the form and its verdict. */
export function mount(root) {
  const form = document.createElement('form');
  form.setAttribute('aria-label', 'What the report says');
  form.innerHTML =
    '<label><span>endpoint</span><select name="kind"><option value="def">def: waits in a thread</option>' +
    '<option value="async">async def: awaits or blocks</option></select></label>' +
    FIELDS.map(([name, label, unit, low]) =>
      `<label><span>${label}${unit ? `, ${unit}` : ''}</span><input name="${name}" type="number" min="${low}" step="${WHOLE.has(name) ? 1 : 'any'}" inputmode="decimal"></label>`).join('');
  const told = document.createElement('div');
  told.setAttribute('role', 'status');
  form.addEventListener('submit', (event) => event.preventDefault());

  function show(report) {
    const checked = check(report);
    const broken = checked.findings.filter((one) => one.off !== null);
    const lines = (broken.length ? broken : checked.findings).map((one) => `<li><strong>${one.law}</strong>: ${one.says}${one.off === null ? '' : `, off by a factor of ${significant(one.off, 3)}`}</li>`);
    const more = checked.fits.map((one) => `<li>${one}</li>`);
    const outcome = checked.findings.length || checked.fits.length ? checked.outcome : 'missing: fill in what the report says';
    told.innerHTML = `<p><strong>${outcome[0].toUpperCase()}${outcome.slice(1)}</strong></p><ul>${[...lines, ...more].join('')}</ul>`;
  }

  function fill(report) {
    for (const input of form.elements) input.value = report[input.name] ?? '';
    show(report);
  }

  form.addEventListener('input', () => {
    const report = empty();
    for (const input of form.elements) {
      if (input.name === 'kind') report.kind = input.value;
      else if (input.value !== '' && input.checkValidity()) report[input.name] = Number(input.value);
    }
    toAddress(report);
    show(report);
  });
  for (const one of root.querySelectorAll(':scope > p')) one.remove();
  root.append(form, told);
  fill(fromAddress());
  addEventListener('hashchange', () => root.isConnected && fill(fromAddress()));
}
