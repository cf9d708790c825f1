// Operational laws, the same as labs/engine/theory/ (queueing.py, prediction.py); a test holds both to the same vectors.
//
// Rates are per second, times in seconds. A service is
//   {vus, thinkTime, arrivals, workers, tokens, waits, holdsToken, blocks, slots, holdsSlot, pooled, poolSize,
//    holdsConnection, computes, computesInSlot, cores, generatorCores, costs: {server, generator, database} or null}
// `waits` is S, how long an idle service takes; the others say how long one request holds each resource.

export const ENOUGH_APART = 2; // the next ceiling must be this many times higher for one resource to bind

/** N / (S + Z): a user cannot ask again before the response has come. */
export const users = (vus, serviceTime, thinkTime = 0) =>
  serviceTime + thinkTime > 0 ? vus / (serviceTime + thinkTime) : Infinity;

/** λ: in an open model no more can be completed than arrives; 0 means a closed one. */
export const arrivals = (perSecond) => perSecond || Infinity;

/** W·T / S: a def endpoint holds one of its worker's T tokens for S seconds. */
export const threadTokens = (workers, tokens, held) => (held > 0 ? (workers * tokens) / held : Infinity);

/** W·K / S: a request holds one of the K slots of its worker's own executor, limiter or process pool. */
export const slots = (workers, count, held) => (held > 0 ? (workers * count) / held : Infinity);

/** W / b: while a request blocks the loop for b seconds its worker does nothing else. */
export const eventLoop = (workers, blocking) => (blocking > 0 ? workers / blocking : Infinity);

/** W·P / q: a request holds one of its worker's P connections for q seconds. */
export const pool = (workers, connections, held) => (held > 0 ? (workers * connections) / held : Infinity);

/** W / c: one worker is one event loop under one interpreter lock, so at most one core. */
const workerCpu = (workers, cpu) => (cpu > 0 ? workers / cpu : Infinity);

/** G / g: no more can be asked than the generator's G cores can ask; 0 means that they are not limited. */
const generatorCpu = (cores, cpu) => (cpu > 0 && cores ? cores / cpu : Infinity);

/** C / (c + g + d): server, load generator and a local database share the machine's cores. */
const sharedCores = (cores, { server, generator, database }) => {
  const total = server + generator + database;
  return total > 0 ? cores / total : Infinity;
};

/** R = N/X − Z, Little's law for a closed model. */
export const responseTime = (vus, throughput, thinkTime = 0) => vus / throughput - thinkTime;

/** Every finite ceiling, lowest first; those of the CPU only where costs are known. What it computes comes on top. */
export function ceilings(service) {
  const { vus, workers } = service;
  const computes = service.computes + service.computesInSlot;
  const base = service.costs || (computes > 0 ? { server: 0, generator: 0, database: 0 } : null);
  const costs = base && { ...base, server: base.server + computes };
  const found = [
    { resource: 'arrivals', throughput: arrivals(service.arrivals) },
    { resource: 'virtual users', throughput: users(vus, service.waits, service.thinkTime) },
    { resource: 'thread tokens', throughput: threadTokens(workers, service.tokens, service.holdsToken) },
    { resource: 'event loop', throughput: eventLoop(workers, service.blocks) },
    { resource: "the app's own slots", throughput: slots(workers, service.slots, service.holdsSlot) },
  ];
  if (service.pooled) {
    found.push({ resource: 'connection pool', throughput: pool(workers, service.poolSize, service.holdsConnection) });
  }
  if (costs) {
    // processes beside the worker have interpreter locks of their own
    if (!service.computesInSlot) {
      found.push({ resource: 'a core per worker', throughput: workerCpu(workers, costs.server) });
    }
    const lent = Math.min(service.generatorCores, service.cores);
    found.push({ resource: 'the load generator', throughput: generatorCpu(lent, costs.generator) });
    found.push({ resource: 'shared cores', throughput: sharedCores(service.cores, costs) });
  }
  return found.filter((one) => one.throughput < Infinity).sort((one, other) => one.throughput - other.throughput);
}

/** X·(S + Z), Little's law: with so many users their own ceiling reaches the lowest of the others. */
export function knee(service) {
  const other = ceilings(service).find((one) => one.resource !== 'virtual users');
  return other ? other.throughput * (service.waits + service.thinkTime) : Infinity;
}

/** {ceilings, throughput, limitedBy, onKnee, responseTime}; throughput is null if nothing limits it. */
export function predict(service) {
  const known = ceilings(service);
  if (!known.length) return { ceilings: known, throughput: null, limitedBy: '', onKnee: false, responseTime: null };
  const [lowest, next] = known;
  const onKnee = next !== undefined && next.throughput < ENOUGH_APART * lowest.throughput;
  return {
    ceilings: known,
    throughput: lowest.throughput,
    limitedBy: onKnee ? `between ${lowest.resource} and ${next.resource}` : lowest.resource,
    onKnee,
    responseTime: service.arrivals ? null : responseTime(service.vus, lowest.throughput, service.thinkTime),
  };
}
