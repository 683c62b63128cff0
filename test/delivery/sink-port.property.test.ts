import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SinkFunction } from '../../src/delivery/sink-function.js';
import { connectSink } from '../../src/delivery/sink-port.js';
import type { Waiting } from './helpers.js';
import {
  connectionOf,
  deadline,
  emissionOf,
  passed,
  revoked,
  settle,
  TICKED,
  thenable,
  waiting,
} from './helpers.js';

type Outcome = 'delivered' | 'failed' | 'filtered';

/** What a sink may do with an emission, and what has then become of it. `later` ones wait for the test. */
const BEHAVIOURS = {
  returns: { outcome: 'delivered', answer: () => undefined },
  resolves: { outcome: 'delivered', answer: async () => {} },
  drops: { outcome: 'filtered', answer: () => ({ dropped: 'filtered' }) },
  dropsLater: { outcome: 'filtered', answer: async () => ({ dropped: 'filtered' }) },
  throws: {
    outcome: 'failed',
    answer: () => {
      throw new Error('no');
    },
  },
  throwsNothing: {
    outcome: 'failed',
    answer: () => {
      throw undefined;
    },
  },
  rejects: { outcome: 'failed', answer: () => Promise.reject(new Error('no')) },
  throwsInThen: {
    outcome: 'failed',
    answer: () =>
      thenable(() => {
        throw new Error('no');
      }),
  },
  answersThenThrows: {
    outcome: 'delivered',
    answer: () =>
      thenable((yes) => {
        yes();
        throw new Error('no');
      }),
  },
  answersTwice: {
    outcome: 'delivered',
    answer: () =>
      thenable((yes, no) => {
        yes();
        no();
        yes();
      }),
  },
  unreadable: { outcome: 'failed', answer: () => revoked() },
  resolvesUnreadable: { outcome: 'failed', answer: () => thenable((yes) => yes(unreadableDrop())) },
  throwsUnreadable: {
    outcome: 'failed',
    answer: () => {
      throw revoked();
    },
  },
  later: { outcome: 'delivered', answer: undefined },
  laterFails: { outcome: 'failed', answer: undefined },
  never: { outcome: undefined, answer: () => new Promise(() => {}) },
} as const satisfies Record<string, { outcome: Outcome | undefined; answer: (() => unknown) | undefined }>;

type Behaviour = keyof typeof BEHAVIOURS;

function unreadableDrop(): object {
  return Object.defineProperty({}, 'dropped', {
    get: () => {
      throw revoked();
    },
  });
}

type Step =
  | { readonly do: 'accept'; readonly behaviour: Behaviour }
  | { readonly do: 'answer' | 'microtasks' | 'settle' | 'flush' | 'flushPassed' };

const behaviours = Object.keys(BEHAVIOURS) as Behaviour[];
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('accept' as const),
      // Rarely the one that holds up all the others.
      behaviour: fc.oneof(
        { weight: 40, arbitrary: fc.constantFrom(...behaviours.filter((name) => name !== 'never')) },
        { weight: 1, arbitrary: fc.constant('never' as const) },
      ),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('answer', 'answer', 'microtasks', 'settle', 'flush', 'flushPassed'),
    }),
  },
);

/** The same sink, queue and accounting, told by the simplest means: lists. */
class Model {
  readonly waiting: Behaviour[] = [];
  readonly dropped: Record<string, number> = {};
  delivered = 0;
  failed = 0;
  routed = 0;

  drop(reason: string, n = 1): void {
    if (n > 0) this.dropped[reason] = (this.dropped[reason] ?? 0) + n;
  }

  /** Gives outcomes to what can have one, when all that needs no test's answer has run. */
  settle(answered: number): void {
    let left = answered;
    for (;;) {
      const next = this.waiting[0];
      if (next === undefined || next === 'never') return;
      if ((next === 'later' || next === 'laterFails') && left-- <= 0) return;
      this.waiting.shift();
      const { outcome } = BEHAVIOURS[next];
      if (outcome === 'filtered') this.drop('filtered');
      else this[outcome]++;
    }
  }
}

describe('a sink port', () => {
  test('a sink port - routed = delivered + dropped + failed + queued after each of thousands of steps', async () => {
    let steps = 0;
    const run = async (capacity: number, script: readonly Step[], endByDeadline: boolean): Promise<void> => {
      const asked: Waiting<void>[] = [];
      const called: number[] = [];
      const plans: Behaviour[] = [];
      const sink: SinkFunction = ({ message }) => {
        const n = Number(message);
        called.push(n);
        const plan = plans[n] as Behaviour;
        if (plan !== 'later' && plan !== 'laterFails') return BEHAVIOURS[plan].answer() as undefined;
        const mine = waiting();
        asked.push(mine);
        return mine.promise;
      };
      const connection = connectionOf();
      const port = connectSink(sink, { capacity }, connection);
      const model = new Model();
      const late: Waiting<void>[] = [];
      const counts = (): ReturnType<typeof connection.sinkAccount.counts> => connection.sinkAccount.counts();

      const check = (): void => {
        steps++;
        const now = counts();
        // `queued` is what the account leaves over; the queue's own size says the same independently.
        expect(now.queued).toBe(port.queue?.().size);
        expect(now.routed).toBe(model.routed);
        expect(Math.min(now.delivered, now.failed, now.queued, now.handedOver)).toBeGreaterThanOrEqual(0);
        const dropped = Object.values(now.dropped).reduce((sum, n) => sum + n, 0);
        expect(now.delivered + now.handedOver + dropped + now.failed + now.queued).toBe(now.routed);
      };
      const compare = (): void => {
        expect(counts()).toEqual({
          routed: model.routed,
          delivered: model.delivered,
          handedOver: 0,
          dropped: model.dropped,
          failed: model.failed,
          queued: model.waiting.length,
        });
      };
      const accept = (behaviour: Behaviour): void => {
        const room = (port.queue?.().size ?? 0) < capacity;
        const before = counts().dropped.queue_full ?? 0;
        model.routed++;
        const n = plans.length;
        port.accept?.(emissionOf(TICKED, {}, { message: String(n) }));
        // What was turned away never reaches the sink, so its number is given to the next one.
        if (room) plans.push(behaviour);
        else model.drop('queue_full');
        expect((counts().dropped.queue_full ?? 0) - before).toBe(room ? 0 : 1);
        if (room) model.waiting.push(behaviour);
      };
      const answer = (): boolean => {
        const mine = asked.shift();
        if (!mine) return false;
        const isFailing = plans[called.at(-1) ?? -1] === 'laterFails';
        if (isFailing) mine.reject(new Error('no'));
        else mine.resolve();
        return true;
      };

      for (const now of script) {
        if (now.do === 'accept') accept(now.behaviour);
        else if (now.do === 'microtasks') await Promise.resolve();
        else if (now.do === 'flush') void port.forceFlush(deadline());
        else if (now.do === 'flushPassed') await port.forceFlush(passed());
        else {
          // Where the sink waits for the test it answers; both are compared when all is still.
          await settle();
          model.settle(0);
          compare();
          if (now.do === 'answer' && answer()) {
            await settle();
            model.settle(1);
            compare();
          }
        }
        check();
      }

      const limit = deadline();
      const flushed = port.forceFlush(limit);
      const ended = port.shutdown(limit);
      await settle();
      model.settle(0);
      if (!endByDeadline) {
        while (model.waiting.length > 0 && answer()) {
          await settle();
          model.settle(1);
        }
      }
      compare();
      check();
      late.push(...asked);
      limit.pass();
      await Promise.all([flushed, ended]);
      if (model.waiting.length > 0) {
        model.failed++;
        model.drop('shutdown', model.waiting.splice(0).length - 1);
      }
      compare();
      for (const { resolve } of late) resolve();
      model.routed++;
      port.accept?.(emissionOf());
      model.drop('closed');
      await settle();
      compare();
      check();
      expect(counts().queued).toBe(0);
      expect(called).toEqual(called.map((_, i) => i));
    };

    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
        fc.boolean(),
        run,
      ),
      { numRuns: 150 },
    );
    expect(steps).toBeGreaterThan(3_000);
  });
});
