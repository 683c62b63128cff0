import type { AddJobsJobSpec, Job, TaskSpec } from 'graphile-worker';
import type { Enqueue } from '../../jobs/index.js';
import { beside } from '../../jobs/watch-promise.js';
import type { Around } from '../common/function-proxy.js';
import type { GraphileAdapter } from './adapter.js';
import type { Pending } from './added-rows.js';
import { matchRows } from './added-rows.js';
import { takeNote, travels, withNote } from './job-carrier.js';
import { laterOf, momentOf } from './moment.js';
import { rejectedAs } from './reject-reason.js';
import type { Schema } from './schema.js';
import { whileEnabled } from './while-enabled.js';

type Spec = Pick<TaskSpec, 'priority' | 'maxAttempts' | 'runAt'>;

/** Observes `addJob`: gives the job an enqueue span and a carrier, and emits the outcome. */
export function aroundAddJob(adapter: GraphileAdapter, schema: Schema): Around {
  return whileEnabled(adapter, (call, args) => {
    const [identifier, payload, spec] = args as [string, unknown, Spec | undefined];
    // An override of the app's passes the job on to another method, and that call is observed too.
    if (travels(payload)) return call(...args);
    const enqueue = begin(adapter, schema, identifier, spec);
    if (!enqueue) return call(...args);
    const given = [...args];
    const stored = noted(adapter, enqueue, payload, spec);
    if (stored !== payload) given[1] = stored;
    return settling(
      () => enqueue.run(() => call(...given)),
      (job) => adapter.quietly('addJob', () => accepted(schema, enqueue, identifier, job)),
      (error) => adapter.quietly('addJob', () => rejectedAs(enqueue, error, [{ runAt: spec?.runAt }])),
    );
  });
}

/** Observes `addJobs`: an enqueue span for each job. */
export function aroundAddJobs(adapter: GraphileAdapter, schema: Schema): Around {
  return whileEnabled(adapter, (call, args) => {
    const [specs] = args;
    if (!Array.isArray(specs)) return call(...args);
    const pending: Pending[] = [];
    const stored = (specs as readonly AddJobsJobSpec[]).map((spec) => {
      if (travels(spec?.payload)) return spec;
      const enqueue = begin(adapter, schema, spec?.identifier, spec);
      if (!enqueue) return spec;
      pending.push({ enqueue, task: spec.identifier, payload: spec.payload });
      return { ...spec, payload: noted(adapter, enqueue, spec.payload, spec) };
    });
    return settling(
      () => call(stored, ...args.slice(1)),
      (jobs) => adapter.quietly('addJobs', () => acceptedAll(schema, pending, jobs)),
      (error) =>
        adapter.quietly('addJobs', () => {
          for (const { enqueue } of pending) rejectedAs(enqueue, error, specs as AddJobsJobSpec[]);
        }),
    );
  });
}

/** Observes the function that needs no utils. Its options name the schema. */
export function aroundAdhoc(adapter: GraphileAdapter): Around {
  return (call, args, self) => {
    const [options, ...job] = args;
    const own = (options as { readonly schema?: unknown } | undefined)?.schema;
    const schema = typeof own === 'string' && own !== '' ? adapter.schema(own) : adapter.home;
    return aroundAddJob(adapter, schema)((...given) => call(options, ...given), job, self);
  };
}

function begin(
  adapter: GraphileAdapter,
  schema: Schema,
  identifier: string,
  spec: Spec | undefined,
): Enqueue | undefined {
  return adapter.quietly('enqueue', () =>
    schema.queue(identifier).enqueue({ priority: spec?.priority, maxAttempts: spec?.maxAttempts }),
  );
}

function noted(
  adapter: GraphileAdapter,
  enqueue: Enqueue,
  payload: unknown,
  spec: Spec | undefined,
): unknown {
  if (!adapter.carriesContext) return payload;
  const found = adapter.quietly('payload', () => ({
    payload: withNote(payload, enqueue.carrier, momentOf(spec?.runAt)),
  }));
  return found ? found.payload : payload;
}

// Returns the engine's own promise. If a test double returns none, signalbox knows no more than its value.
function settling(
  call: () => unknown,
  accept: (value: unknown) => void,
  reject: (error: unknown) => void,
): unknown {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    reject(error);
    throw error;
  }
  if (!beside(result, accept, reject)) accept(result);
  return result;
}

function accepted(schema: Schema, enqueue: Enqueue, task: string, given: unknown, knowsId = true): void {
  if (typeof given !== 'object' || given === null) {
    enqueue.accepted();
    return;
  }
  const job = given as Job;
  const id = knowsId ? job.id : undefined;
  const { carrier } = takeNote(job);
  if (carrier && id !== undefined) schema.carriers.keep(id, carrier);
  // A waiting job had its key already. That job got the new payload and time (or nothing, if it deduplicates), and no new job came to be.
  if (job.revision > 0) {
    enqueue.duplicate({ id });
    return;
  }
  const createdAt = momentOf(job.created_at);
  const runnableAt = laterOf(createdAt, momentOf(job.run_at));
  const delay = createdAt === undefined || runnableAt === undefined ? 0 : runnableAt - createdAt;
  enqueue.accepted({ id, runnableAt: delay > 0 ? schema.queue(task).now() + delay : undefined });
}

function acceptedAll(schema: Schema, pending: readonly Pending[], jobs: unknown): void {
  if (!Array.isArray(jobs)) {
    for (const { enqueue } of pending) enqueue.accepted();
    return;
  }
  const open = new Set(pending);
  for (const { pending: one, job, sure } of matchRows(pending, jobs as readonly Job[])) {
    open.delete(one);
    accepted(schema, one.enqueue, one.task, job, sure);
  }
  // These have no row of their own: lists that the engine joined to the list that waited under their key.
  for (const { enqueue } of open) enqueue.duplicate();
}
