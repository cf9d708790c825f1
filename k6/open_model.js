// The least that an open load test of your own service needs: requests start on schedule, whatever completes.
//
//   k6 run -e URL=http://127.0.0.1:8000/ -e RATE=50 -e USERS=200 -e DURATION=1m k6/open_model.js
import http from 'k6/http';

export const options = {
  scenarios: {
    arrivals: {
      executor: 'constant-arrival-rate', // the closed model's is called ramping-vus
      rate: Number(__ENV.RATE || 50),
      timeUnit: '1s',
      duration: __ENV.DURATION || '1m',
      preAllocatedVUs: Number(__ENV.USERS || 200), // at least rate × the longest wait, in seconds
    },
  },
  thresholds: { dropped_iterations: ['count==0'] }, // a request that isn't sent is a sample that's missing
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

export default function () {
  http.get(__ENV.URL);
}
