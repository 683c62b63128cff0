import * as bullmq from 'bullmq';
import { Job, UnrecoverableError, Worker } from 'bullmq';
import fc from 'fast-check';
import { observeClasses } from 'signalbox/bullmq';
import { describe, expect, test } from 'vitest';
import type { Mail } from './rig.js';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();
const TOKEN = 'by-hand';

type Step =
  | { readonly do: 'add'; readonly attempts: number }
  | { readonly do: 'take' }
  | { readonly do: 'complete' | 'fail' | 'give up'; readonly which: number; readonly next: boolean }
  | { readonly do: 'put back' | 'mistake' | 'keep'; readonly which: number };

const which = fc.nat(5);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('add' as const), attempts: fc.integer({ min: 1, max: 3 }) }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom('complete', 'fail', 'give up'), which, next: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('put back', 'mistake', 'keep'), which }) },
  ),
  { minLength: 4, maxLength: 24 },
);

/** What happened, as the app that did it knows. */
class Ledger {
  starts = 0;
  completed = 0;
  failed = 0;
  retried = 0;
  abandoned = 0;
  readonly outcomes = { completed: 0, failed: 0, deferred: 0, lost: 0 };
}

/** A job in the app's hand; after a mistake its attempt is told as lost, and the job is settled all the same. */
interface InHand {
  readonly job: Job<Mail>;
  isLost: boolean;
}

const FORMS = ['by hand', 'by class', 'by prototype'] as const;

/** An app that takes its jobs itself. */
class Desk {
  readonly ledger = new Ledger();
  readonly #queue: bullmq.Queue<Mail>;
  readonly #worker: Worker<Mail, unknown>;
  readonly #hand: InHand[] = [];

  constructor(queue: bullmq.Queue<Mail>, worker: Worker<Mail, unknown>) {
    this.#queue = queue;
    this.#worker = worker;
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'add') {
      await this.#queue.add('welcome', SECRET, { attempts: step.attempts });
      return;
    }
    if (step.do === 'take') {
      this.#took(await this.#worker.getNextJob(TOKEN, { block: false }));
      return;
    }
    const one = this.#hand[step.which % Math.max(1, this.#hand.length)];
    if (!one) return;
    if (step.do === 'keep') await one.job.extendLock(TOKEN, 60_000);
    else if (step.do === 'mistake') {
      await expect(one.job.moveToCompleted('done', 'another token', false)).rejects.toThrow();
      if (!one.isLost) this.ledger.outcomes.lost++;
      one.isLost = true;
    } else await this.#settle(one, step);
  }

  async #settle(one: InHand, step: Extract<Step, { readonly which: number }>): Promise<void> {
    const { job, isLost } = one;
    const { outcomes } = this.ledger;
    const next = 'next' in step && step.next;
    this.#hand.splice(this.#hand.indexOf(one), 1);
    let given: unknown;
    if (step.do === 'put back') {
      await job.moveToWait(TOKEN);
      if (!isLost) outcomes.deferred++;
    } else if (step.do === 'complete') {
      given = await job.moveToCompleted('done', TOKEN, next);
      this.ledger.completed++;
      if (!isLost) outcomes.completed++;
    } else {
      const isLast = step.do === 'give up' || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      const error = step.do === 'give up' ? new UnrecoverableError('never') : new RangeError('no');
      given = await job.moveToFailed(error, TOKEN, next);
      this.ledger.failed++;
      if (isLast) this.ledger.abandoned++;
      else this.ledger.retried++;
      if (!isLost) outcomes.failed++;
    }
    const [data, id] = Array.isArray(given) ? (given as [unknown, string]) : [];
    if (typeof data === 'object' && data !== null)
      this.#took(Job.fromJSON(this.#worker, data as never, id) as Job<Mail>);
  }

  #took(job: Job<Mail> | undefined): void {
    if (!job) return;
    job.token = TOKEN;
    this.ledger.starts++;
    this.#hand.push({ job, isLost: false });
  }

  async close(): Promise<void> {
    for (const { isLost } of this.#hand) if (!isLost) this.ledger.outcomes.lost++;
    await this.#worker.close();
  }
}

describe('jobs in hand', () => {
  test.each(FORMS)(
    'every attempt of a worker observed %s is told once, as the store has it',
    async (form) => {
      const undo =
        form === 'by prototype' ? observeClasses(rig.box, { Worker }, { types: ['welcome'] }) : undefined;
      const { Worker: Observed } = form === 'by class' ? rig.jobs.classes(bullmq) : bullmq;
      let n = 0;
      await fc.assert(
        fc.asyncProperty(steps, async (taken) => {
          const name = `${rig.name}-${n++}`;
          const queue = rig.jobs.queue(rig.rawQueue({}, name));
          const options = { connection: rig.connection };
          const worker =
            form === 'by hand'
              ? rig.jobs.worker<Mail>(Worker, name, null, options)
              : new Observed<Mail>(name, null, options);
          worker.on('error', () => undefined);
          const desk = new Desk(queue, worker);
          for (const step of taken) await desk.take(step);
          const counts = await queue.getJobCounts('completed', 'failed');
          await desk.close();
          await rig.settled();
          const { ledger } = desk;
          expect(told(name)).toEqual({
            started: ledger.starts,
            completed: ledger.completed,
            failed: ledger.failed,
            retrying: ledger.retried,
            abandoned: ledger.abandoned,
            outcomes: ledger.outcomes,
          });
          expect(counts).toEqual({ completed: ledger.completed, failed: ledger.abandoned });
          const active = await rig.otel.points('job.active');
          expect(
            active
              .filter(({ labels }) => labels['messaging.destination.name'] === name && labels)
              .map(({ value }) => value),
          ).toEqual(ledger.starts > 0 ? [0] : []);
        }),
        { numRuns: 25 },
      );
      undo?.();
    },
  );
});

/** What was told of a queue. */
function told(queue: string): Record<string, unknown> {
  const count = (event: string): number =>
    rig.records(event).filter((record) => record['messaging.destination.name'] === queue).length;
  const outcomes: Record<string, number> = { completed: 0, failed: 0, deferred: 0, lost: 0 };
  for (const { attributes } of rig.attempts()) {
    if (attributes['messaging.destination.name'] !== queue) continue;
    const outcome = String(attributes['job.attempt.outcome']);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return {
    started: count('job.started'),
    completed: count('job.completed'),
    failed: count('job.failed'),
    retrying: count('job.retrying'),
    abandoned: count('job.abandoned'),
    outcomes,
  };
}
