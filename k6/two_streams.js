// A load, closed or open, and beside it a thin stream of requests to another route: the probe.
//
//   TARGET_VUS=400 ENDPOINT=/cpu_inline?ms=20 PROBE=/health k6 run k6/two_streams.js
//   TARGET_VUS=400 ARRIVALS=50 ENDPOINT='/async_endpoint_async_processing?ms=100' k6 run k6/two_streams.js
//
// Environment (what load_test.js knows is called the same here):
//   TARGET_VUS      closed: users that loop; open: the most that may be in flight     50
//   ARRIVALS        requests started per second, whatever completes                   none: closed model
//   BASE_URL, ENDPOINT, RAMP, STEADY, THINK_TIME, TIMEOUT, GRACEFUL_STOP              as in load_test.js
//   PROBE           path of the second stream                                         none
//   PROBE_BASE_URL  where that listens, if elsewhere                                  BASE_URL
//   PROBE_RATE      its requests per second, on schedule                              20
//   HEAD_START      it begins that long before the load, its connections then open    0s
//   PROBE_TIMEOUT   its client gives up after                                         20s
//   SUMMARY_JSON    a file for all of k6's end-of-test data                           none
//
// Every request carries the tag `stream`, main or probe.
import http from 'k6/http';
import { sleep } from 'k6';

const number = (name, standard) => {
  const value = __ENV[name] === undefined ? standard : Number(__ENV[name]);
  if (!(value >= 0)) throw new Error(`${name} must be a number, not "${__ENV[name]}"`);
  return value;
};

const BASE = __ENV.BASE_URL || 'http://127.0.0.1:8000';
const MAIN_URL = BASE + (__ENV.ENDPOINT || '/sync_endpoint_sync_processing');
const PROBE_URL = (__ENV.PROBE_BASE_URL || BASE) + (__ENV.PROBE || '');
const VUS = number('TARGET_VUS', 50);
const ARRIVALS = number('ARRIVALS', 0);
const RATE = number('PROBE_RATE', 20);
const RAMP = __ENV.RAMP || '1s';
const STEADY = __ENV.STEADY || '30s';
const THINK_TIME_S = number('THINK_TIME', 0);
const GRACEFUL_STOP = __ENV.GRACEFUL_STOP || '30s';
const MAIN_PARAMS = { timeout: __ENV.TIMEOUT || '60s' };
const PROBE_PARAMS = { timeout: __ENV.PROBE_TIMEOUT || '20s' };

const seconds = (duration) => {
  const match = /^([0-9.]+)(ms|s|m)$/.exec(duration);
  if (!match) throw new Error(`a duration is written 500ms, 30s or 1m, not "${duration}"`);
  return Number(match[1]) * { ms: 0.001, s: 1, m: 60 }[match[2]];
};
const milliseconds = (s) => `${Math.round(s * 1000)}ms`;
const HEAD_START = __ENV.HEAD_START || '0s';
const WHOLE_S = seconds(RAMP) + seconds(STEADY);

const closed = {
  executor: 'ramping-vus',
  startVUs: 0,
  stages: [
    { duration: RAMP, target: VUS },
    { duration: STEADY, target: VUS },
  ],
  gracefulRampDown: '0s',
};
const open = {
  executor: 'constant-arrival-rate',
  rate: Math.round(ARRIVALS * 1000),
  timeUnit: '1000s',
  duration: milliseconds(WHOLE_S),
  preAllocatedVUs: VUS,
  maxVUs: VUS,
};
const probe = {
  executor: 'constant-arrival-rate',
  exec: 'askProbe',
  rate: RATE,
  timeUnit: '1s',
  duration: milliseconds(seconds(HEAD_START) + WHOLE_S),
  // enough users for every request that may still be waiting when the next one is due
  preAllocatedVUs: Math.ceil(RATE * seconds(PROBE_PARAMS.timeout)),
  gracefulStop: GRACEFUL_STOP,
  tags: { stream: 'probe' },
};

export const options = {
  discardResponseBodies: true,
  scenarios: {
    main: { ...(ARRIVALS ? open : closed), startTime: HEAD_START, gracefulStop: GRACEFUL_STOP, tags: { stream: 'main' } },
    ...(__ENV.PROBE ? { probe } : {}),
  },
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)'],
  thresholds: {
    // they always pass: naming a stream here is what gives it a line in the summary
    'http_req_duration{stream:main}': ['max>=0'],
    ...(__ENV.PROBE ? { 'http_req_duration{stream:probe}': ['max>=0'] } : {}),
  },
};

export default function () {
  http.get(MAIN_URL, MAIN_PARAMS);
  if (THINK_TIME_S > 0) sleep(THINK_TIME_S);
}

export function askProbe() {
  http.get(PROBE_URL, PROBE_PARAMS);
}

export function handleSummary(data) {
  const lines = [''];
  for (const stream of ['main', 'probe']) {
    const times = data.metrics[`http_req_duration{stream:${stream}}`];
    if (!times) continue;
    const shown = options.summaryTrendStats.map((stat) => `${stat}=${(times.values[stat] / 1000).toFixed(2)}s`);
    lines.push(`${stream.padEnd(10)} http_req_duration  ${shown.join(' ')}`);
  }
  const requests = data.metrics.http_reqs.values;
  lines.push(`both       http_reqs          ${requests.count}  ${requests.rate.toFixed(1)}/s over the whole run`);
  const dropped = data.metrics.dropped_iterations;
  if (dropped) lines.push(`both       dropped_iterations ${dropped.values.count}: no user was free when they were due`);
  const written = { stdout: lines.join('\n') + '\n\n' };
  if (__ENV.SUMMARY_JSON) written[__ENV.SUMMARY_JSON] = JSON.stringify(data);
  return written;
}
