// k6 run -e URL=http://127.0.0.1:8000/ -e RATE=50 open_model.js
import http from 'k6/http';

export const options = {
  scenarios: {
    arrivals: {
      executor: 'constant-arrival-rate', // requests start on schedule
      rate: Number(__ENV.RATE || 50),
      timeUnit: '1s',
      duration: __ENV.DURATION || '1m',
      preAllocatedVUs: Number(__ENV.USERS || 200), // rate × the longest wait, or more
    },
  },
  thresholds: { dropped_iterations: ['count==0'], http_req_failed: ['rate==0'] }, // each is a missing sample
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

export default function () {
  http.get(__ENV.URL);
}
