import { createJobs } from 'signalbox/jobs';
import { JobQueue } from '../../../../examples/job-queue/queue/index.js';
import type { Driver, Traits } from '../driver.js';
import { TYPE } from '../type.js';

const traits: Traits = {
  system: 'signalbox',
  types: true,
  tellsDuplicates: true,
  waits: { first: true, delayed: true, retry: true },
  tellsRetryDelay: true,
  backoffMillis: () => 20,
  handoverMillis: 0,
  latenessMillis: 5,
  limitLatenessMillis: 5,
  tellsStalls: false,
  tellsLastStall: false,
  linksAcrossLives: false,
  throwsNothing: true,
  cancelReason: 'cancelled',
  cancelled: {
    settled: 'failed',
    aborts: true,
    retries: false,
    reason: 'cancelled',
    error: Object.assign(new Error('The job was cancelled'), { code: 'cancelled' }),
  },
  forced: { settled: 'lost', ends: true, reason: 'shutdown' },
  ticks: 0,
  scheduled: {},
  taken: {},
  bulk: 'each',
};

let queues = 0;

/** The queue of the example: it is its own engine, with the public `signalbox/jobs`. */
export const memory: Driver = {
  engine: 'memory',
  traits,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  open: (box, ledger, { limitMillis, observed } = {}) => {
    const name = `memory-${++queues}`;
    const asked: { readonly id: string; readonly payload: unknown }[] = [];
    const cancelled = new Set<string>();
    // Its workers are its own: it takes jobs from the beginning, and begins with them when a worker is asked for.
    let queue: JobQueue | undefined;
    const telemetry = createJobs(box, observed?.options).queue(name, { types: [TYPE] });
    const opened = (): JobQueue => {
      queue ??= new JobQueue({
        telemetry,
        capacity: 100,
        workers: 1,
        backoffMillis: () => 20,
        ...(limitMillis === undefined ? {} : { timeoutMillis: limitMillis }),
      });
      return queue;
    };
    let handle: ((job: Parameters<Parameters<JobQueue['register']>[0]['process']>[0]) => unknown) | undefined;
    opened().register({ type: TYPE, process: (job) => handle?.(job) });
    return Promise.resolve({
      queue: name,
      add: ({ id = `job-${asked.length + 1}`, delayMillis = 0, priority = 0, maxAttempts = 1 }, payload) => {
        const done = opened().enqueue({ id, type: TYPE, payload, delayMillis, priority, maxAttempts });
        if (!done.accepted && done.reason !== 'duplicate') throw new Error(`It was refused: ${done.reason}.`);
        asked.push({ id, payload });
        return Promise.resolve(done.accepted ? id : null);
      },
      work: (handler) => {
        handle = (job) =>
          handler({
            id: job.id,
            number: job.attempt,
            payload: job.payload,
            signal: job.signal,
            defer: () => Promise.reject(new Error('It defers nothing.')),
          });
        opened().start();
        return Promise.resolve({
          close: () => opened().shutdown(),
          kill: () => opened().shutdown({ timeoutMillis: 0 }),
        });
      },
      cancel: (id) => cancel(id),
      cancelRunning: (id) => cancel(id),
      row: (id) => {
        // It keeps nothing of a job that has ended but a count: what its handler did last is the job's end.
        if (cancelled.has(id)) return Promise.resolve({ state: 'cancelled' });
        const { waiting, delayed, active } = opened().counts();
        if (waiting + delayed + active > 0) return Promise.resolve({ state: 'active' });
        const last = ledger.attempts(id).at(-1);
        return Promise.resolve({
          state: last?.did === 'returned' && last.settled !== 'timed_out' ? 'completed' : 'failed',
        });
      },
      close: async () => {
        await opened().shutdown();
        const { accepted, completed, abandoned } = opened().counts();
        const ends = [...ledger.jobs.values()].flatMap((job) => job.lives.map((life) => life.end));
        const [good, bad] = ['completed', 'abandoned'].map((end) => ends.filter((e) => e === end).length);
        if (accepted !== ends.length || completed !== good || abandoned !== bad)
          throw new Error(
            `The queue counted ${completed} good ends and ${abandoned} bad ones, not ${good} and ${bad}.`,
          );
      },
    });

    function cancel(id: string): Promise<void> {
      if (!opened().cancel(id, new Error('someone said so'))) throw new Error(`${id} is not there.`);
      cancelled.add(id);
      return Promise.resolve();
    }
  },
};
