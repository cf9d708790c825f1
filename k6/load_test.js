// Closed model: TARGET_VUS virtual users loop over one endpoint, a new request after each answer.
//
//   TARGET_VUS=10000 k6 run k6/load_test.js
//
// Environment (defaults are the post's):
//   TARGET_VUS     virtual users at the end of the ramp            50
//   BASE_URL       where the service listens                       http://127.0.0.1:8000
//   ENDPOINT       path and query                                  /sync_endpoint_sync_processing
//   RAMP, HOLD     durations of the two stages                     1s, 30s
//   THINK_TIME     pause between answer and next request           0 (seconds)
//   TIMEOUT        client gives up on one request after            60s
//   GRACEFUL_STOP  wait for answers after the hold                 30s
//   SUMMARY_JSON   a file for all of k6's end-of-test data         none
//   COUNT_HOLD     0 does not count answers within the hold (saves generator CPU)
import http from 'k6/http';
import exec from 'k6/execution';
import { sleep } from 'k6';
import { Counter } from 'k6/metrics';

const number = (name, standard) => {
  const value = __ENV[name] === undefined ? standard : Number(__ENV[name]);
  if (!(value >= 0)) throw new Error(`${name} must be a number, not "${__ENV[name]}"`);
  return value;
};
const seconds = (duration) => {
  const match = /^([0-9.]+)(ms|s|m)$/.exec(duration);
  if (!match) throw new Error(`a duration is written 500ms, 30s or 1m, not "${duration}"`);
  return Number(match[1]) * { ms: 0.001, s: 1, m: 60 }[match[2]];
};

const URL = (__ENV.BASE_URL || 'http://127.0.0.1:8000') + (__ENV.ENDPOINT || '/sync_endpoint_sync_processing');
const VUS = number('TARGET_VUS', 50);
const RAMP = __ENV.RAMP || '1s';
const HOLD = __ENV.HOLD || '30s';
const THINK_TIME_S = number('THINK_TIME', 0);
const PARAMS = { timeout: __ENV.TIMEOUT || '60s' };
const COUNT_HOLD = __ENV.COUNT_HOLD !== '0';

export const options = {
  discardResponseBodies: true,
  scenarios: {
    closed: {
      executor: 'ramping-vus',
      startVUs: 0,
      stages: [
        { duration: RAMP, target: VUS },
        { duration: HOLD, target: VUS },
      ],
      gracefulStop: __ENV.GRACEFUL_STOP || '30s',
      gracefulRampDown: '0s',
    },
  },
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)'],
};

const HOLD_FROM_S = seconds(RAMP);
const HOLD_TO_S = HOLD_FROM_S + seconds(HOLD);
const answersInHold = COUNT_HOLD ? new Counter('answers_in_hold') : null;

export default function () {
  const answer = http.get(URL, PARAMS);
  if (COUNT_HOLD) {
    const at = (Date.now() - exec.scenario.startTime) / 1000;
    if (answer.status === 200 && at >= HOLD_FROM_S && at < HOLD_TO_S) answersInHold.add(1);
  }
  if (THINK_TIME_S > 0) sleep(THINK_TIME_S);
}

export function handleSummary(data) {
  const value = (metric, field) => (data.metrics[metric] ? data.metrics[metric].values[field] : 0);
  const time = (stat) => `${stat}=${(value('http_req_duration', stat) / 1000).toFixed(2)}s`;
  const requests = value('http_reqs', 'count');
  const lines = [
    '',
    `http_req_duration  ${options.summaryTrendStats.map(time).join(' ')}`,
    `http_req_failed    ${(100 * value('http_req_failed', 'rate')).toFixed(2)}%  ${value('http_req_failed', 'passes')} out of ${requests}`,
    `http_reqs          ${requests}  ${value('http_reqs', 'rate').toFixed(1)}/s over the whole run;` +
      ' with ramp and graceful stop in it, this understates the capacity',
  ];
  if (COUNT_HOLD) {
    const inHold = value('answers_in_hold', 'count');
    lines.push(
      `answers in hold    ${inHold}  ${(inHold / seconds(HOLD)).toFixed(1)}/s over the ${HOLD} at full load;` +
        ' compare this one with a ceiling',
    );
  }
  const written = { stdout: lines.join('\n') + '\n\n' };
  if (__ENV.SUMMARY_JSON) written[__ENV.SUMMARY_JSON] = JSON.stringify(data);
  return written;
}
