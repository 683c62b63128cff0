import type { Signalbox } from 'signalbox';
import { defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';

export const PAID = defineSignal('BILL_PAID', {
  message: (values) => `Bill ${values.bill} paid`,
  fields: {
    bill: field.id({ attribute: 'bill.id' }),
    currency: field.oneOf(['EUR', 'USD'], { attribute: 'bill.currency' }),
    took: field.duration({ attribute: 'bill.duration' }),
  },
  metrics: [
    { type: 'counter', name: 'bill.paid', unit: '{bill}', by: ['currency'] },
    { type: 'histogram', name: 'bill.duration', unit: 's', of: 'took', by: ['currency'] },
  ],
});

/** What an app saw of one run through everything that the library does for it. */
export interface Seen {
  /** How often each handler ran. */
  readonly ran: Readonly<Record<string, number>>;
  /** What came back to the app from each of them: a value, or what was thrown. */
  readonly came: Readonly<Record<string, unknown>>;
}

/** The handlers' own trouble: the very object must come through. */
export const broken = new Error('the handler is broken');

/** What an app has to see whatever its telemetry does. */
export const UNTROUBLED: Seen = {
  ran: { enqueue: 1, sync: 1, good: 1, bad: 1, process: 1, failing: 1, batch: 1, within: 1 },
  came: {
    enqueue: 'stored',
    sync: 'sync',
    good: 'good',
    bad: broken,
    process: 'processed',
    failing: broken,
    batch: 'batch',
    within: 'within',
  },
};

/** Runs an app through all of the API once. What it throws is what the app would have had to pay. */
export async function play(box: Signalbox): Promise<Seen> {
  const ran: Record<string, number> = {};
  const came: Record<string, unknown> = {};
  const step = <T>(name: string, outcome: () => T): (() => T) => {
    return () => {
      ran[name] = (ran[name] ?? 0) + 1;
      return outcome();
    };
  };
  const keep = async (name: string, work: () => unknown): Promise<void> => {
    try {
      came[name] = await work();
    } catch (error) {
      came[name] = error;
    }
  };
  const fail = (): never => {
    throw broken;
  };

  box.emit(PAID, { bill: 'b-1', currency: 'EUR', took: 12 });
  box.info('plain', { n: 1 });
  box.error('plain', { why: broken });

  const queue = createJobs(box).queue('bills', { types: ['bill'], capacity: 10 });
  const job = { id: 'j-1', type: 'bill', priority: 2, maxAttempts: 3 };
  const worker = queue.worker('w-1');
  worker.started();
  const monitor = queue.monitor({ depth: () => ({ waiting: 9 }) });

  const enqueue = queue.enqueue(job);
  const { carrier } = enqueue;
  await keep('enqueue', () => enqueue.run(step('enqueue', () => Promise.resolve('stored'))));
  enqueue.accepted({ queueSize: 9 });
  queue.enqueue({ id: 'j-2' }).rejected('queue_full', { error: broken });
  queue.enqueue({ id: 'j-3' }).duplicate();

  const sync = queue.attempt({ job, carrier, number: 1, worker, runnableAt: queue.now() });
  await keep('sync', () => sync.run(step('sync', () => 'sync')));
  sync.deferred({ reason: 'rate_limited', delayMillis: 5 });

  const bad = queue.attempt({ job, carrier, number: 1, worker });
  await keep('bad', () => bad.run(step('bad', fail)));
  bad.failed(broken, { retry: true, delayMillis: 5 });

  const good = queue.attempt({ job, carrier, number: 2, worker, firstRunnableAt: queue.now() });
  await keep('good', () => good.run(step('good', () => Promise.resolve('good'))));
  good.overrun();
  good.completed();

  const retried = { ...job, id: 'j-4' };
  await keep('process', () =>
    queue.process(
      { job: retried, carrier, number: 1 },
      step('process', () => 'processed'),
      () => ({
        retry: false,
        reason: 'max_attempts',
      }),
    ),
  );
  await keep('failing', () =>
    queue.process({ job: retried, carrier, number: 1 }, step('failing', fail), () => ({
      retry: true,
      delayMillis: 1,
    })),
  );

  const batch = queue.batch([{ job: { id: 'j-5' } }, { job: { id: 'j-6' }, carrier }], { worker });
  await keep('batch', () => batch.run(step('batch', () => Promise.resolve('batch'))));
  batch.attempts[0]?.completed();
  batch.attempts[1]?.timedOut(10, { retry: false, reason: 'timeout' });

  const lost = queue.attempt({ job: { id: 'j-7' }, carrier, number: 1 });
  lost.lost();
  queue.queued({ id: 'j-8' }, { carrier });
  queue.completed({ id: 'j-8' }, { carrier });
  queue.abandoned({ id: 'j-9' }, { reason: 'cancelled', error: broken, carrier });
  queue.stalled({ id: 'j-10' }, { carrier });
  queue.revived({ id: 'j-10' }, { carrier });
  await keep('within', () =>
    createJobs(box).within(
      carrier,
      step('within', () => 'within'),
    ),
  );

  await monitor.check();
  monitor.stop();
  worker.stopped({ reason: 'shutdown' });
  String(box.describe());
  await box.forceFlush({ timeoutMillis: 1000 });
  box.stats();
  await box.shutdown({ timeoutMillis: 1000 });
  return { ran, came };
}
