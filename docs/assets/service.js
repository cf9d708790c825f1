// A service under load, request by request: the twin of labs/simulator/ (service.py, users.py, simulate.py).
// A test plays the same runs in both languages. Times in seconds.
//
// A service is what queueing.js takes, and of the load
//   {ramp, steady, timeout, gracefulStop, backlog}
// A request's `stage` is connect, loop, token, thread, connection, query, await, block or responded. What is
// simulated, and from which sources, stands in the Python.

const SLICE = 0.0015; // what a busy thread computes before another has its turn
const MOST_BACKLOG = 4096; // Linux's somaxconn
const DIAL = 30; // k6 gives up on a connection then
const SYN_AFTER = [0, 1, 2, 3, 4, 5, 7, 11, 19]; // when Linux 6.5 and newer asks again for a connection
const SPREAD = 0.2; // of connections over workers: standard deviation over mean

/** Events in the order of their time; of the same time, in the order in which they were scheduled. */
class Clock {
  now = 0;
  #heap = [];
  #count = 0;

  #before(one, other) {
    return one.time - other.time || one.rank - other.rank || one.id - other.id;
  }

  schedule(event, delay = 0, rank = 1) {
    event.time = this.now + delay;
    event.rank = rank;
    event.id = this.#count += 1;
    const heap = this.#heap;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#before(heap[parent], event) <= 0) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = event;
  }

  #next() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== first) {
      let place = 0;
      for (;;) {
        let child = 2 * place + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && this.#before(heap[child + 1], heap[child]) < 0) child += 1;
        if (this.#before(last, heap[child]) <= 0) break;
        heap[place] = heap[child];
        place = child;
      }
      heap[place] = last;
    }
    return first;
  }

  event(triggered = false) {
    return { calls: [], value: undefined, triggered, time: 0, rank: 1, id: 0 };
  }

  succeed(event, value) {
    event.value = value;
    event.triggered = true;
    this.schedule(event);
  }

  timeout(delay) {
    const event = this.event(true);
    this.schedule(event, delay);
    return event;
  }

  /** Runs a generator that yields events and goes on when they happen. */
  process(steps) {
    const first = this.event();
    first.calls.push(() => this.#resume(steps));
    this.schedule(first, 0, 0);
  }

  #resume(steps, sent) {
    let step = steps.next(sent);
    while (!step.done) {
      if (step.value.calls) {
        step.value.calls.push((value) => this.#resume(steps, value));
        return;
      }
      step = steps.next(step.value.value); // it has happened already
    }
  }

  /** Everything that happens before a time. */
  run(until) {
    while (this.#heap.length && this.#heap[0].time < until) {
      const event = this.#next();
      this.now = event.time;
      const { calls } = event;
      event.calls = null;
      for (const call of calls) call(event.value);
    }
    this.now = Math.max(this.now, until);
  }
}

/** C cores, lent for one burst of computing after the other in the order in which they are asked for. */
class Cores {
  constructor(clock, cores) {
    this.clock = clock;
    this.freeAt = Array(Math.ceil(cores)).fill(0);
    this.slowness = this.freeAt.length / cores; // a quota of 1.5 cores: two at three quarters of the speed
  }

  burst(cpu) {
    let core = 0;
    for (let other = 1; other < this.freeAt.length; other += 1) if (this.freeAt[other] < this.freeAt[core]) core = other;
    const end = Math.max(this.clock.now, this.freeAt[core]) + cpu * this.slowness;
    this.freeAt[core] = end;
    return this.clock.timeout(end - this.clock.now);
  }
}

/** Thread tokens or connections: so many at once, the rest in the order in which they came. */
class Slots {
  queue = [];
  constructor(size) {
    this.free = size;
  }

  take(then) {
    if (this.free > 0) {
      this.free -= 1;
      then();
    } else this.queue.push(then);
  }

  giveBack() {
    if (this.queue.length) this.queue.shift()();
    else this.free += 1;
  }
}

/** What one request asks of its worker. */
function demand(service) {
  const connection = service.pooled ? service.holdsConnection : 0;
  const token = Math.max(0, service.holdsToken - connection);
  return {
    free: Math.max(0, service.waits - service.blocks - token - connection),
    token,
    connection,
    blocks: service.blocks,
    cpu: service.costs ? service.costs.server : service.computes,
    database: service.costs ? service.costs.database : 0,
    takesToken: service.takesToken ?? service.holdsToken > 0,
    takesConnection: Boolean(service.pooled),
  };
}

/** The accept queue of the listening socket. `shared`: whichever worker looks first takes the next connection. */
class Listener {
  workers = [];
  constructor(workers, backlog, shared) {
    this.room = Math.min(backlog, MOST_BACKLOG);
    this.shared = shared;
    const one = [];
    this.queues = Array.from({ length: workers }, () => (shared ? one : []));
  }

  offer(request, home) {
    if (!this.room) return false;
    this.room -= 1;
    this.queues[home].push(request);
    let meant = this.workers[home];
    if (!meant.asleep && this.shared) meant = this.workers.find((worker) => worker.asleep) || meant;
    meant.wake();
    return true;
  }

  take(worker) {
    const queue = this.queues[worker.number];
    if (!queue.length) return null;
    this.room += 1;
    return queue.shift();
  }
}

/** One process: an event loop that runs whatever is ready, round after round, its tokens and its pool. */
class Worker {
  ready = [];
  asleep = null;
  blocking = null; // the request that blocks the loop now
  responses = 0;

  constructor(simulation, number) {
    const { clock, service, needs, cores, listener } = simulation;
    Object.assign(this, { simulation, clock, number, needs, cores, listener });
    this.tokens = new Slots(service.tokens);
    this.connections = new Slots(service.poolSize || 0);
    clock.process(this.#loop());
  }

  wake() {
    if (this.asleep) {
      const event = this.asleep;
      this.asleep = null;
      this.clock.succeed(event);
    }
  }

  soon(request, cpu, blocks, then) {
    this.simulation.enter(request, 'loop');
    this.ready.push({ request, cpu, blocks, then });
    this.wake();
  }

  *#loop() {
    for (;;) {
      const accepted = this.listener.take(this);
      if (accepted) this.receive(accepted);
      if (!this.ready.length) {
        this.asleep = this.clock.event();
        yield this.asleep;
        continue;
      }
      // what becomes ready meanwhile is for the next round: a blocked loop accepts and reads nothing
      const batch = this.ready;
      this.ready = [];
      let place = 0;
      while (place < batch.length) {
        const done = [];
        let computing = 0;
        let last = null;
        while (place < batch.length && computing < SLICE) {
          last = batch[place];
          place += 1;
          computing += last.cpu;
          done.push(last.then);
          if (last.blocks) break;
        }
        if (computing) yield this.cores.burst(computing);
        if (last.blocks) {
          this.simulation.enter(last.request, 'block');
          this.blocking = last.request;
          yield this.clock.timeout(last.blocks);
          this.blocking = null;
        }
        for (const then of done) then();
      }
    }
  }

  receive(request) {
    request.worker = this;
    this.soon(request, this.needs.cpu / 2, 0, () => this.#start(request));
  }

  #start(request) {
    const { needs } = this;
    const enter = (stage) => this.simulation.enter(request, stage);
    const finish = () => this.#finish(request);
    const query = () => {
      enter('query');
      this.#after(needs.connection, finish, needs.database);
    };
    const connect = () => {
      enter('connection');
      this.connections.take(query);
    };
    const next = needs.takesConnection ? connect : finish;
    if (needs.takesToken) {
      enter('token');
      this.tokens.take(() => {
        enter('thread');
        this.#after(needs.token, next);
      });
    } else {
      enter('await');
      this.#after(needs.free, next);
    }
  }

  #after(wait, then, database = 0) {
    if (database) this.cores.burst(database).calls.push(() => this.#after(wait, then));
    else if (wait) this.clock.timeout(wait).calls.push(then);
    else then();
  }

  #finish(request) {
    this.soon(request, this.needs.cpu / 2, this.needs.blocks, () => this.#respond(request));
  }

  #respond(request) {
    this.responses += 1;
    if (this.needs.takesConnection) this.connections.giveBack();
    if (this.needs.takesToken) this.tokens.giveBack();
    this.simulation.served(request);
    if (!request.reply.triggered) this.clock.succeed(request.reply, this);
  }
}

/** k6's threads, one per core: half of a request's computing before it is sent, half after its response. */
class LoadGenerator {
  queue = [];
  constructor(clock, cores, cpu) {
    Object.assign(this, { clock, cores, cpu, idle: cores.freeAt.length });
  }

  computes() {
    const event = this.clock.event();
    this.queue.push(event);
    if (this.idle) {
      this.idle -= 1;
      this.clock.process(this.#thread());
    }
    return event;
  }

  *#thread() {
    while (this.queue.length) {
      const done = this.queue.splice(0, Math.ceil((2 * SLICE) / this.cpu));
      yield this.cores.burst((done.length * this.cpu) / 2);
      for (const event of done) this.clock.succeed(event);
    }
    this.idle += 1;
  }
}

/** A run: `run(until)` plays it on; what is in flight is in `requests`, what ended in `records`. */
export class Simulation {
  requests = new Set();
  records = { ended: [], duration: [], expected: [], unconnected: 0, timedOut: 0 };
  inFlight = 0;
  begun = 0;

  /** `homes` is the worker of each user, in the order in which they start; `watch` hears of each stage. */
  constructor(service, { homes, watch } = {}) {
    const clock = new Clock();
    const cores = new Cores(clock, service.cores || 2);
    const listener = new Listener(service.workers, service.backlog ?? 2048, service.blocks > 0);
    Object.assign(this, { service, clock, cores, listener, watch, needs: demand(service) });
    this.end = service.ramp + service.steady + service.gracefulStop;
    listener.workers = Array.from({ length: service.workers }, (_, number) => new Worker(this, number));
    const cpu = service.costs ? service.costs.generator : 0;
    this.generator = cpu ? new LoadGenerator(clock, cores, cpu) : null;
    const chosen = homes || order(spread(service.vus, service.workers));
    chosen.forEach((home, number) => clock.process(this.#user((service.ramp * number) / chosen.length, home)));
  }

  get workers() {
    return this.listener.workers;
  }

  run(until) {
    this.clock.run(Math.min(until, this.end));
  }

  enter(request, stage) {
    request.stage = stage;
    request.since = this.clock.now;
    if (this.watch) this.watch(request, stage, this.clock.now);
  }

  served(request) {
    request.stage = 'responded';
    this.requests.delete(request);
    if (this.watch) this.watch(request, 'responded', this.clock.now);
  }

  *#user(start, home) {
    const { clock, service, records, generator } = this;
    yield clock.timeout(start);
    let worker = null;
    while (clock.now < service.ramp + service.steady) {
      this.inFlight += 1;
      if (generator) yield generator.computes();
      const asked = clock.now;
      const deadline = asked + service.timeout;
      const request = { reply: clock.event(), worker: null, number: (this.begun += 1), gone: false, stage: '', since: 0 };
      let sent = asked;
      this.requests.add(request);
      if (worker) worker.receive(request);
      else {
        this.enter(request, 'connect');
        const connected = yield* this.#dial(request, home, deadline);
        sent = clock.now;
        if (!connected) {
          this.requests.delete(request);
          if (sent < deadline) {
            records.unconnected += 1;
            this.inFlight -= 1;
            continue;
          }
          clock.succeed(request.reply, null);
        }
      }
      if (!request.reply.triggered) this.#giveUp(request, deadline);
      worker = yield request.reply;
      this.inFlight -= 1;
      records.ended.push(clock.now);
      records.duration.push(clock.now - sent);
      records.expected.push(worker !== null);
      if (!worker) records.timedOut += 1;
      if (generator) yield generator.computes();
      if (service.thinkTime) yield clock.timeout(service.thinkTime);
    }
  }

  *#dial(request, home, deadline) {
    const { clock } = this;
    const asked = clock.now;
    const end = Math.min(asked + DIAL, deadline);
    for (const after of SYN_AFTER) {
      if (asked + after >= end) break;
      if (after) yield clock.timeout(asked + after - clock.now);
      if (this.listener.offer(request, home)) return true;
    }
    yield clock.timeout(end - clock.now);
    return false;
  }

  #giveUp(request, deadline) {
    // the service does not notice: it works on for a client that has left
    const gone = () => {
      if (!request.reply.triggered) {
        request.gone = true;
        this.clock.succeed(request.reply, null);
      }
    };
    this.clock.timeout(deadline - this.clock.now).calls.push(gone);
  }
}

/** How many of the users each worker serves: the quantiles of a normal distribution, fewest first. */
export function spread(users, workers) {
  const quantiles = Array.from({ length: workers }, (_, place) => normalQuantile((place + 0.5) / workers));
  const deviation = Math.sqrt(quantiles.reduce((sum, one) => sum + one * one, 0) / workers) || 1;
  const shares = quantiles.map((quantile) => Math.max(0, 1 + (SPREAD * quantile) / deviation));
  const total = shares.reduce((sum, one) => sum + one, 0);
  let sum = 0;
  let before = 0;
  return shares.map((one) => {
    sum += one;
    const until = Math.floor((sum / total) * users + 0.5);
    const own = until - before;
    before = until;
    return own;
  });
}

/** The worker of each user, shuffled: Park and Miller's generator, which both languages compute exactly. */
export function order(connections, seed = 1) {
  const homes = connections.flatMap((users, worker) => Array(users).fill(worker));
  let state = seed;
  for (let place = homes.length - 1; place > 0; place -= 1) {
    state = (state * 48271) % 2147483647;
    const other = state % (place + 1);
    [homes[place], homes[other]] = [homes[other], homes[place]];
  }
  return homes;
}

/** The quantile of a standard normal distribution, to nine digits: Acklam's rational approximation. */
function normalQuantile(p) {
  const polynomial = (factors, x) => factors.reduce((sum, factor) => sum * x + factor, 0);
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return (
      polynomial([-7.784894002430293e-3, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783], q) /
      polynomial([7.784695709041462e-3, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1], q)
    );
  }
  const q = p - 0.5;
  const r = q * q;
  return (
    (polynomial([-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239], r) * q) /
    polynomial([-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1], r)
  );
}
