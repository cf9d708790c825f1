// Closed model: TARGET_VUS virtual users loop over one endpoint, a new request after each response.
//
//   TARGET_VUS=10000 k6 run k6/load_test.js
//
// Environment (defaults are the post's):
//   TARGET_VUS     virtual users at the end of the ramp            50
//   BASE_URL       where the service listens                       http://127.0.0.1:8000
//   ENDPOINT       path and query                                  /sync_endpoint_sync_processing
//   RAMP, STEADY   durations of the two stages                     1s, 30s
//   THINK_TIME     pause between response and next request           0 (seconds)
//   TIMEOUT        client gives up on one request after            60s
//   GRACEFUL_STOP  wait for responses after the steady phase              30s
//   SUMMARY_JSON   a file for all of k6's end-of-test data         none
//   COUNT_STEADY   0 does not count responses within the steady phase (saves generator CPU)
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
const STEADY = __ENV.STEADY || '30s';
const THINK_TIME_S = number('THINK_TIME', 0);
const PARAMS = { timeout: __ENV.TIMEOUT || '60s' };
const COUNT_STEADY = __ENV.COUNT_STEADY !== '0';

export const options = {
  discardResponseBodies: true,
  scenarios: {
    closed: {
      executor: 'ramping-vus',
      startVUs: 0,
      stages: [
        { duration: RAMP, target: VUS },
        { duration: STEADY, target: VUS },
      ],
      gracefulStop: __ENV.GRACEFUL_STOP || '30s',
      gracefulRampDown: '0s',
    },
  },
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)'],
};

const STEADY_FROM_S = seconds(RAMP);
const STEADY_TO_S = STEADY_FROM_S + seconds(STEADY);
const responsesInSteady = COUNT_STEADY ? new Counter('responses_in_steady') : null;

export default function () {
  const response = http.get(URL, PARAMS);
  if (COUNT_STEADY) {
    const at = (Date.now() - exec.scenario.startTime) / 1000;
    if (response.status === 200 && at >= STEADY_FROM_S && at < STEADY_TO_S) responsesInSteady.add(1);
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
  if (COUNT_STEADY) {
    const inSteady = value('responses_in_steady', 'count');
    lines.push(
      `steady responses   ${inSteady}  ${(inSteady / seconds(STEADY)).toFixed(1)}/s over the ${STEADY} at full load;` +
        ' compare this one with a ceiling',
    );
  }
  const written = { stdout: lines.join('\n') + '\n\n' };
  if (__ENV.SUMMARY_JSON) written[__ENV.SUMMARY_JSON] = JSON.stringify(data);
  return written;
}
