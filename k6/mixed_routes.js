// Each route at its own rate: does the service keep each route's p95?
//
//   BASE_URL=http://127.0.0.1:8000 SECONDS=60 k6 run k6/mixed_routes.js
//   ROUTES='[{"path": "/products", "rate": 200, "p95": 100}]' k6 run k6/mixed_routes.js
//
// rate: requests per second. p95: milliseconds. Optional: method, body (JSON), headers (more of them).
// TIMEOUT: after how long a request has failed; at most 28 s: k6 waits for 30 s at the end, and doesn't count what is still open then.
// k6 ends with status 99 if a route misses its p95, or if 1% of its requests fail.
import http from 'k6/http';
import { sleep } from 'k6';

const BASE = __ENV.BASE_URL || 'http://127.0.0.1:8000';
const SECONDS = Number(__ENV.SECONDS || 60);
const ROUTES = JSON.parse(
  __ENV.ROUTES ||
    `[{"path": "/products", "rate": 200, "p95": 100},
      {"path": "/invoices/1", "rate": 40, "p95": 500},
      {"path": "/orders", "rate": 20, "p95": 600, "method": "POST", "body": {"product": 1}}]`,
);

const scenarios = {};
const thresholds = { dropped_iterations: ['count==0'] };
ROUTES.forEach((route, place) => {
  const users = Math.ceil(route.rate * 4); // enough for responses of three seconds; each keeps a connection
  scenarios[`route${place}`] = {
    executor: 'constant-arrival-rate',
    rate: Math.round(route.rate * 1000),
    timeUnit: '1000s',
    duration: `${SECONDS}s`,
    preAllocatedVUs: users,
    maxVUs: users,
    env: { ROUTE: String(place) },
  };
  thresholds[`http_req_duration{route:${place}}`] = [`p(95)<${route.p95}`];
  thresholds[`http_req_failed{route:${place}}`] = ['rate<0.01'];
});
export const options = { scenarios, thresholds };

export default function () {
  const route = ROUTES[Number(__ENV.ROUTE)];
  sleep(Math.random()); // k6 starts them evenly: this mixes them within a second, and over longer times they stay even
  http.request(route.method || 'GET', BASE + route.path, route.body ? JSON.stringify(route.body) : null, {
    headers: { 'Content-Type': 'application/json', ...route.headers },
    tags: { route: __ENV.ROUTE },
    timeout: __ENV.TIMEOUT || '20s',
  });
}
