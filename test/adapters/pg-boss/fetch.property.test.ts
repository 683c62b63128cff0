import fc from 'fast-check';
import type { PgBoss } from 'pg-boss';
import { expect, test } from 'vitest';
import { useRig } from './rig.js';

const rig = useRig();

type Step =
  | { readonly do: 'send'; readonly retryLimit: number }
  | { readonly do: 'fetch'; readonly batchSize: number; readonly includeMetadata: boolean }
  | {
      readonly do: 'complete' | 'fail' | 'cancel' | 'delete' | 'transact' | 'lose' | 'mistake';
      readonly which: number;
    };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('send' as const), retryLimit: fc.integer({ min: 0, max: 2 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('fetch' as const),
        batchSize: fc.integer({ min: 1, max: 3 }),
        includeMetadata: fc.boolean(),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom('complete', 'fail', 'cancel', 'delete', 'transact', 'lose', 'mistake'),
        which: fc.nat(5),
      }),
    },
  ),
  { minLength: 4, maxLength: 20 },
);

/** What happened, as the app that did it knows. */
class Ledger {
  readonly outcomes = { completed: 0, failed: 0, lost: 0 };
  readonly told = { started: 0, completed: 0, failed: 0, retrying: 0, abandoned: 0 };
}

interface Fetched {
  readonly id: string;
  readonly attempt: number;
  /** Another process has settled it: here nobody knows. */
  isGone: boolean;
}

/** An app that fetches its jobs itself. */
class Desk {
  readonly ledger = new Ledger();
  readonly hand: Fetched[] = [];
  readonly #queue: string;
  readonly #elsewhere: PgBoss;
  readonly #limits = new Map<string, number>();
  readonly #attempts = new Map<string, number>();

  constructor(queue: string, elsewhere: PgBoss) {
    this.#queue = queue;
    this.#elsewhere = elsewhere;
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'send') {
      const id = await rig.boss.send(this.#queue, {}, { retryLimit: step.retryLimit });
      this.#limits.set(id ?? '', step.retryLimit);
      return;
    }
    if (step.do === 'fetch') {
      const { batchSize, includeMetadata } = step;
      for (const { id } of await rig.boss.fetch(this.#queue, { batchSize, includeMetadata })) {
        const attempt = (this.#attempts.get(id) ?? 0) + 1;
        this.#attempts.set(id, attempt);
        this.hand.push({ id, attempt, isGone: false });
        this.ledger.told.started++;
      }
      return;
    }
    const one = this.hand[step.which % Math.max(1, this.hand.length)];
    if (!one) return;
    if (step.do === 'mistake') await rig.boss.complete(this.#queue, crypto.randomUUID());
    else if (step.do === 'lose') {
      await this.#elsewhere.complete(this.#queue, one.id);
      one.isGone = true;
    } else await this.#settle(one, step.do);
  }

  async #settle(one: Fetched, how: 'complete' | 'fail' | 'cancel' | 'delete' | 'transact'): Promise<void> {
    const { id, attempt, isGone } = one;
    const { told, outcomes } = this.ledger;
    if (how === 'fail') await rig.boss.fail(this.#queue, id, new RangeError('no'));
    else if (how === 'cancel') await rig.boss.cancel(this.#queue, id);
    else if (how === 'delete') await rig.boss.deleteJob(this.#queue, id);
    else if (how === 'complete') await rig.boss.complete(this.#queue, id);
    else
      await rig.pglite.transaction(async (transaction) => {
        const executeSql = (text: string, values?: unknown[]) => transaction.query<object>(text, values);
        await rig.boss.complete(this.#queue, id, null, { db: { executeSql } });
      });
    // What has ended elsewhere pg-boss leaves as it is, but for a job that is deleted.
    if (isGone) return;
    this.hand.splice(this.hand.indexOf(one), 1);
    if (how === 'fail') {
      outcomes.failed++;
      told.failed++;
      if (attempt <= (this.#limits.get(id) ?? 0)) told.retrying++;
      else told.abandoned++;
    } else if (how === 'cancel' || how === 'delete') {
      outcomes.lost++;
      told.abandoned++;
    } else {
      outcomes.completed++;
      told.completed++;
    }
  }
}

test('fetch() - every attempt is told once, as the table has it', async () => {
  const elsewhere = rig.plain();
  await elsewhere.start();
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const queue = await rig.newQueue({ retryDelay: 0 });
      const desk = new Desk(queue, elsewhere);
      for (const step of taken) await desk.take(step);
      await rig.told();
      const { told, outcomes } = desk.ledger;
      expect(tellings(queue)).toEqual({ told, outcomes });
      expect(await active(queue)).toBe(desk.hand.length);
    }),
    { numRuns: 20 },
  );
  await rig.boss.stop({ graceful: false, close: false });
  await rig.told();
  const points = await rig.otel.points('job.active');
  expect(points.filter(({ value }) => value !== 0)).toEqual([]);
}, 120_000);

async function active(queue: string): Promise<unknown> {
  const points = await rig.otel.points('job.active');
  return points.find(({ labels }) => labels['messaging.destination.name'] === queue)?.value ?? 0;
}

function tellings(queue: string): Record<string, unknown> {
  const count = (event: string): number => rig.records(queue, event).length;
  const outcomes: Record<string, number> = { completed: 0, failed: 0, lost: 0 };
  for (const { attributes } of rig.spans(queue, 'process')) {
    const outcome = String(attributes['job.attempt.outcome']);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return {
    told: {
      started: count('job.started'),
      completed: count('job.completed'),
      failed: count('job.failed'),
      retrying: count('job.retrying'),
      abandoned: count('job.abandoned'),
    },
    outcomes,
  };
}
