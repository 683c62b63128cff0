import type { Emission } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { pass } from '../examples/queue/fake-time.js';
import type { TestOtel } from '../support/otel.js';
import { startOtel } from '../support/otel.js';

/** What makes ids, workers and messages easy to find where they must not be. */
export const MARKS: readonly string[] = ['job-id-', 'worker-id-', 'message-of-an-error'];

const NIGHTLY = { everyMillis: 10_000, graceMillis: 500 };

const boom = (code: string): Error => Object.assign(new Error('message-of-an-error'), { code });

/** Plays every signal, span and metric that the contract has once at least. */
export async function playContract(): Promise<{ otel: TestOtel; emissions: readonly Emission[] }> {
  const otel = startOtel();
  const emissions: Emission[] = [];
  const box = createSignalbox({
    destinations: {
      audit: (emission) => void emissions.push(emission),
      sampled: () => ({ dropped: 'sampled' }),
    },
    routes: [{ signals: '*', to: ['otel', 'audit', 'sampled'] }],
  });
  const jobs = createJobs(box);
  const queue = jobs.queue('mail', { namespace: 'tenant-1', types: ['welcome'], capacity: 10 });
  let depth = { waiting: 8, delayed: 1, active: 2, blocked: 3, paused: 4 };
  const monitor = queue.monitor({ depth: () => depth, oldestAgeMillis: () => 1200 });
  const worker = queue.worker('worker-id-1');
  worker.started();
  const jobOf = (n: number): { id: string; type: string; priority: number; maxAttempts: number } => ({
    id: `job-id-${n}`,
    type: 'welcome',
    priority: 1,
    maxAttempts: 3,
  });

  const nightly = jobs.schedule('welcome', { ...NIGHTLY, queue: 'mail', namespace: 'tenant-1' });
  const enqueue = queue.enqueue(jobOf(1));
  enqueue.accepted({ queueSize: 8, runnableAt: queue.now() + 1000 });
  queue.enqueue(jobOf(2)).rejected('queue_full', { queueSize: 10 });
  queue.enqueue(jobOf(2)).rejected('error', { error: boom('EAWAY') });
  queue.enqueue(jobOf(3)).duplicate();
  await monitor.check();

  const known = { job: jobOf(1), carrier: enqueue.carrier, worker };
  const runnableAt = queue.now();
  await pass(50);
  const first = queue.attempt({ ...known, number: 1, runnableAt });
  await pass(20);
  first.progress(50);
  first.failed(boom('EAWAY'), { retry: true, delayMillis: 100 });
  await pass(150);
  const second = queue.attempt({ ...known, number: 2, firstRunnableAt: runnableAt });
  await pass(20);
  second.failed(boom('EAWAY'), { retry: false, reason: 'max_attempts' });
  const deferred = queue.attempt({ ...known, job: jobOf(4) });
  deferred.deferred({ reason: 'rate_limited', delayMillis: 10 });
  queue.attempt({ ...known, job: jobOf(5), number: 1 }).lost();
  const slow = queue.attempt({ ...known, job: jobOf(6), number: 1 });
  void slow.run(() => new Promise<void>((done) => setTimeout(done, 100)));
  await pass(60);
  slow.timedOut(50, { retry: true, delayMillis: 1 });
  slow.overrun();
  await pass(40);
  queue.stalled(jobOf(7), { attempt: 1, worker: 'worker-id-2' });
  queue.revived(jobOf(8), { attempts: 3 });
  queue.abandoned(jobOf(9), { reason: 'cancelled', runnableAt });
  for (let n = 10; n < 19; n++) queue.abandoned(jobOf(n), { reason: 'expired' });
  for (let n = 20; n < 120; n++)
    queue.attempt({ ...known, job: jobOf(n), number: 1, runnableAt: queue.now() }).completed();
  await pass(10);
  nightly.completed();
  worker.stopped({ reason: 'shutdown' });
  depth = { ...depth, waiting: 0 };
  await monitor.check();
  await pass(NIGHTLY.everyMillis + NIGHTLY.graceMillis);
  queue.attempt({ ...known, job: jobOf(200), number: 1 });
  await box.forceFlush();
  return { otel, emissions };
}
