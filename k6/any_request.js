// A load of any requests: another method, headers, a body, several paths by weight, random pauses.
//
//   TARGET_VUS=200 THINK_TIME=1 PAUSES=exponential ENDPOINT='/sync_endpoint_sync_processing?ms=100' k6 run k6/any_request.js
//   METHOD=POST HEADERS='{"Content-Type":"application/json"}' BODY='{"n":1}' ENDPOINT=/orders k6 run k6/any_request.js
//   PATHS='[["/orders", 9], ["/reports", 1]]' k6 run k6/any_request.js
//
// Environment (what load_test.js knows is called the same here):
//   TARGET_VUS      closed: users that loop; open: the most that may be in flight     50
//   ARRIVALS        requests started per second, whatever completes                   none: closed model
//   BASE_URL, ENDPOINT, RAMP, STEADY, THINK_TIME, TIMEOUT, GRACEFUL_STOP              as in load_test.js
//   PAUSES          constant, or exponential: random, THINK_TIME on average           constant
//   METHOD          GET, POST, …                                                      GET
//   HEADERS         a JSON object                                                     {}
//   BODY            sent with every request                                           none
//   PATHS           a JSON list of [path, weight], taken at random, not ENDPOINT      none
//   SUMMARY_JSON    a file for all of k6's end-of-test data                           none
//
// With exponential pauses a user pauses first: otherwise the ramp would be a burst.
// Every request carries the tag `stream`, main.
import http from 'k6/http';
import { sleep } from 'k6';

const number = (name, standard) => {
  const value = __ENV[name] === undefined ? standard : Number(__ENV[name]);
  if (!(value >= 0)) throw new Error(`${name} must be a number, not "${__ENV[name]}"`);
  return value;
};
const json = (name, standard) => {
  try {
    return __ENV[name] === undefined ? standard : JSON.parse(__ENV[name]);
  } catch (error) {
    throw new Error(`${name} must be JSON, not "${__ENV[name]}"`);
  }
};
const seconds = (duration) => {
  const match = /^([0-9.]+)(ms|s|m)$/.exec(duration);
  if (!match) throw new Error(`a duration is written 500ms, 30s or 1m, not "${duration}"`);
  return Number(match[1]) * { ms: 0.001, s: 1, m: 60 }[match[2]];
};

const BASE = __ENV.BASE_URL || 'http://127.0.0.1:8000';
const VUS = number('TARGET_VUS', 50);
const ARRIVALS = number('ARRIVALS', 0);
const RAMP = __ENV.RAMP || '1s';
const STEADY = __ENV.STEADY || '30s';
const THINK_TIME_S = number('THINK_TIME', 0);
const PAUSES = __ENV.PAUSES || 'constant';
if (!['constant', 'exponential'].includes(PAUSES)) throw new Error(`PAUSES is constant or exponential, not "${PAUSES}"`);
const METHOD = (__ENV.METHOD || 'GET').toUpperCase();
const BODY = __ENV.BODY === undefined ? null : __ENV.BODY;
const PARAMS = { timeout: __ENV.TIMEOUT || '60s', headers: json('HEADERS', {}), redirects: 0, tags: { stream: 'main' } };
const PATHS = json('PATHS', [[__ENV.ENDPOINT || '/sync_endpoint_sync_processing', 1]]);
const WEIGHTS = PATHS.map(([, weight]) => weight);
const ALL = WEIGHTS.reduce((sum, weight) => sum + weight, 0);

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
  duration: `${Math.round((seconds(RAMP) + seconds(STEADY)) * 1000)}ms`,
  preAllocatedVUs: VUS,
  maxVUs: VUS,
};

export const options = {
  discardResponseBodies: true,
  scenarios: { main: { ...(ARRIVALS ? open : closed), gracefulStop: __ENV.GRACEFUL_STOP || '30s' } },
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)'],
};

function anyPath() {
  let left = Math.random() * ALL;
  return PATHS[WEIGHTS.findIndex((weight) => (left -= weight) < 0)][0];
}

export default function () {
  if (PAUSES === 'exponential') sleep(-THINK_TIME_S * Math.log(1 - Math.random()));
  http.request(METHOD, BASE + (PATHS.length === 1 ? PATHS[0][0] : anyPath()), BODY, PARAMS);
  if (PAUSES === 'constant' && THINK_TIME_S > 0) sleep(THINK_TIME_S);
}

export function handleSummary(data) {
  const times = data.metrics.http_req_duration.values;
  const shown = options.summaryTrendStats.map((stat) => `${stat}=${(times[stat] / 1000).toFixed(3)}s`);
  const requests = data.metrics.http_reqs.values;
  const failed = data.metrics.http_req_failed.values;
  const lines = [
    '',
    `http_req_duration  ${shown.join(' ')}`,
    `http_req_failed    ${(100 * failed.rate).toFixed(2)}%  ${failed.passes} out of ${requests.count}`,
    `http_reqs          ${requests.count}  ${requests.rate.toFixed(1)}/s over the whole run`,
  ];
  const written = { stdout: lines.join('\n') + '\n\n' };
  if (__ENV.SUMMARY_JSON) written[__ENV.SUMMARY_JSON] = JSON.stringify(data);
  return written;
}
