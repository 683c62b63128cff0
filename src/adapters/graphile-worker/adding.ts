import type {
  AddJobFunction,
  AddJobsFunction,
  AddJobsJobSpec,
  addJobAdhoc,
  Job,
  TaskSpec,
} from 'graphile-worker';
import type { Enqueue } from '../../jobs/index.js';
import type { Adapter } from './adapter.js';
import type { Pending } from './added-rows.js';
import { matchRows } from './added-rows.js';
import { momentOf } from './moment.js';
import { takeNote, withNote } from './payload.js';

type Spec = Pick<TaskSpec, 'priority' | 'maxAttempts' | 'runAt'>;

/** The same function, each job with its enqueue span, its carrier and its outcome. */
export function observeAddJob(adapter: Adapter, addJob: AddJobFunction): AddJobFunction {
  return (identifier, payload, spec) => {
    const enqueue = begin(adapter, identifier, spec);
    if (!enqueue) return addJob(identifier, payload, spec);
    const stored = noted(adapter, enqueue, payload, spec) as typeof payload;
    return settled(
      () => enqueue.run(() => addJob(identifier, stored, spec)),
      (job) => adapter.quietly('addJob', () => accepted(adapter, enqueue, identifier, job, job.id)),
      (error) => adapter.quietly('addJob', () => rejected(enqueue, error)),
    );
  };
}

/** The same for many jobs at once: an enqueue span for each. */
export function observeAddJobs(adapter: Adapter, addJobs: AddJobsFunction): AddJobsFunction {
  return (specs, preserveRunAt) => {
    if (!Array.isArray(specs)) return addJobs(specs, preserveRunAt);
    const given = specs as readonly AddJobsJobSpec[];
    const pending: Pending[] = [];
    const stored = given.map((spec) => {
      const enqueue = begin(adapter, spec?.identifier, spec);
      if (!enqueue) return spec;
      pending.push({ enqueue, task: spec.identifier, payload: spec.payload });
      return { ...spec, payload: noted(adapter, enqueue, spec.payload, spec) };
    });
    return settled(
      () => addJobs(stored, preserveRunAt),
      (jobs) => adapter.quietly('addJobs', () => acceptedAll(adapter, pending, jobs)),
      (error) =>
        adapter.quietly('addJobs', () => {
          for (const { enqueue } of pending) rejected(enqueue, error);
        }),
    );
  };
}

/** The same for the function that needs no utils. */
export function observeAdhoc(adapter: Adapter, adhoc: typeof addJobAdhoc): typeof addJobAdhoc {
  return (options, identifier, payload, spec) =>
    observeAddJob(adapter, (i, p, s) => adhoc(options, i, p, s))(identifier, payload, spec);
}

function begin(adapter: Adapter, identifier: string, spec: Spec | undefined): Enqueue | undefined {
  return adapter.quietly('enqueue', () =>
    adapter.queue(identifier).enqueue({ priority: spec?.priority, maxAttempts: spec?.maxAttempts }),
  );
}

function noted(adapter: Adapter, enqueue: Enqueue, payload: unknown, spec: Spec | undefined): unknown {
  if (!adapter.carriesContext) return payload;
  const found = adapter.quietly('payload', () => ({
    payload: withNote(payload, enqueue.carrier, momentOf(spec?.runAt)),
  }));
  return found ? found.payload : payload;
}

function settled<T>(
  call: () => Promise<T>,
  accept: (value: T) => void,
  reject: (error: unknown) => void,
): Promise<T> {
  let promise: Promise<T>;
  try {
    promise = call();
  } catch (error) {
    reject(error);
    throw error;
  }
  return promise.then(
    (value) => {
      accept(value);
      return value;
    },
    (error: unknown) => {
      reject(error);
      throw error;
    },
  );
}

function accepted(adapter: Adapter, enqueue: Enqueue, task: string, job: Job, id: string | undefined): void {
  const { carrier } = takeNote(job);
  if (carrier && id !== undefined) adapter.carriers.keep(id, carrier);
  // Its key was there: the job that waits got the new payload and time (or, deduplicated, nothing), and no job came to be.
  if (job.revision > 0) {
    enqueue.duplicate({ id });
    return;
  }
  const [createdAt, runAt] = [momentOf(job.created_at), momentOf(job.run_at)];
  const delay = createdAt === undefined || runAt === undefined ? 0 : runAt - createdAt;
  const runnableAt = delay > 0 ? adapter.queue(task).now() + delay : undefined;
  enqueue.accepted({ id, runnableAt });
}

function acceptedAll(adapter: Adapter, pending: readonly Pending[], jobs: readonly Job[]): void {
  const open = new Set(pending);
  for (const { pending: one, job, sure } of matchRows(pending, jobs)) {
    open.delete(one);
    accepted(adapter, one.enqueue, one.task, job, sure ? job.id : undefined);
  }
  // Rows that came to be otherwise: lists that were joined to the one that waited under their key.
  for (const { enqueue } of open) enqueue.duplicate();
}

/** What the engine's own functions raise, and what PostgreSQL says of values that it can not take. */
const INVALID = /^(GWB|22|23)/;

function rejected(enqueue: Enqueue, error: unknown): void {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  if (typeof code === 'string' && INVALID.test(code)) enqueue.rejected('invalid', { error });
  // What has no code was thrown before the database was asked, and its message may name parts of the payload.
  else if (code === undefined) enqueue.rejected('invalid');
  else enqueue.rejected('error', { error });
}
