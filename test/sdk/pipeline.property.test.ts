import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withDeadline } from '../../src/lifecycle.js';
import type { ExportCallback } from '../../src/sdk/like.js';
import { Pipeline } from '../../src/sdk/pipeline.js';
import { connectionOf } from './helpers.js';

vi.mock('../../src/delivery/timers.js', () => import('../support/global-timers.js'));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const GOOD = { code: 0 };
const BAD = { code: 1, error: new Error('refused') };

function revoked(): never {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy as never;
}

/** What an exporter may do with a batch, and what that makes of the batch at once; undefined: nothing yet. */
const BEHAVIOURS = {
  succeeds: { now: 'delivered', act: (done) => done(GOOD) },
  fails: { now: 'failed', act: (done) => done(BAD) },
  throws: {
    now: 'failed',
    act: () => {
      throw new Error('no');
    },
  },
  throwsNothing: {
    now: 'failed',
    act: () => {
      throw undefined;
    },
  },
  throwsUnreadable: {
    now: 'failed',
    act: () => {
      throw revoked();
    },
  },
  succeedsThenThrows: {
    now: 'delivered',
    act: (done) => {
      done(GOOD);
      throw new Error('no');
    },
  },
  succeedsThenFails: {
    now: 'delivered',
    act: (done) => {
      done(GOOD);
      done(BAD);
    },
  },
  failsThenSucceeds: {
    now: 'failed',
    act: (done) => {
      done(BAD);
      done(GOOD);
    },
  },
  succeedsTwice: {
    now: 'delivered',
    act: (done) => {
      done(GOOD);
      done(GOOD);
    },
  },
  answersNothing: { now: 'failed', act: (done) => done(undefined as never) },
  answersNull: { now: 'failed', act: (done) => done(null as never) },
  answersEmpty: { now: 'failed', act: (done) => done({} as never) },
  answersText: { now: 'failed', act: (done) => done({ code: '0' } as never) },
  answersUnreadable: { now: 'failed', act: (done) => done(revoked()) },
  // These have no outcome until the test answers, the exporter rejects, or time has run out.
  rejects: { now: undefined, act: () => Promise.reject(new Error('no')) },
  rejectsNothing: { now: undefined, act: () => Promise.reject() },
  resolvesOnly: { now: undefined, act: async () => {} },
  later: { now: undefined, act: () => undefined },
  never: { now: undefined, act: () => undefined },
} as const satisfies Record<
  string,
  { now: 'delivered' | 'failed' | undefined; act: (done: ExportCallback) => unknown }
>;
type Behaviour = keyof typeof BEHAVIOURS;
const behaviours = Object.keys(BEHAVIOURS) as Behaviour[];

type Step =
  | { readonly do: 'push'; readonly n: number }
  | { readonly do: 'advance'; readonly millis: number }
  | { readonly do: 'answer'; readonly with: 'good' | 'bad' }
  | { readonly do: 'flush' | 'flushPassed' | 'shutdown' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 160,
    arbitrary: fc.record({ do: fc.constant('push' as const), n: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 120,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      millis: fc.constantFrom(0, 0, 1, 40, 100, 300, 1000),
    }),
  },
  {
    weight: 80,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      with: fc.constantFrom('good', 'good', 'bad'),
    }),
  },
  { weight: 24, arbitrary: fc.record({ do: fc.constantFrom('flush', 'flushPassed') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('shutdown' as const) }) },
);

const TIMEOUT = 500;
const DEADLINE = 700;

interface Item {
  readonly n: number;
}

/** One call of the exporter, and what has become of it. */
interface Sent {
  readonly items: readonly Item[];
  readonly behaviour: Behaviour;
  readonly at: number;
  readonly done: ExportCallback;
  outcome: 'delivered' | 'failed' | undefined;
}

/** The same accounts, kept by the simplest means: a list of the exporter's calls, and the clock. */
class Model {
  readonly sent: Sent[] = [];
  accepted = 0;
  full = 0;
  closed = 0;
  ended: number | undefined;

  get handed(): number {
    return this.sent.reduce((sum, { items }) => sum + items.length, 0);
  }
  count(outcome: Sent['outcome']): number {
    return this.sent.filter((s) => s.outcome === outcome).reduce((sum, { items }) => sum + items.length, 0);
  }
  /** Waiting and in flight. */
  get size(): number {
    return this.deadlinePassed ? 0 : this.accepted - this.handed + this.count(undefined);
  }
  get deadlinePassed(): boolean {
    return this.ended !== undefined && Date.now() >= this.ended + DEADLINE;
  }
  get abandoned(): number {
    return this.deadlinePassed ? this.accepted - this.handed : 0;
  }

  /** What has an outcome now because time went by or promises settled. */
  look(): void {
    for (const sent of this.sent) {
      if (sent.outcome) continue;
      const rejected = sent.behaviour === 'rejects' || sent.behaviour === 'rejectsNothing';
      if (rejected || Date.now() >= sent.at + TIMEOUT || this.deadlinePassed) sent.outcome = 'failed';
    }
  }
}

describe('a pipeline', () => {
  test('a pipeline - routed = delivered + dropped + failed + waiting + in flight after each of 10,000 steps', async () => {
    const options = fc.record({
      capacity: fc.integer({ min: 6, max: 40 }),
      size: fc.integer({ min: 1, max: 6 }),
      inFlight: fc.integer({ min: 1, max: 3 }),
    });
    const plans = fc.array(fc.constantFrom(...behaviours), { minLength: 1, maxLength: 40 });
    const script = fc.array(step, { minLength: 100, maxLength: 100 });
    let steps = 0;
    const seen = new Set<string>();

    await fc.assert(
      fc.asyncProperty(options, plans, script, async (batch, plan, todo) => {
        const connection = connectionOf();
        const model = new Model();
        let closings = 0;
        const outlet = {
          export: (items: Item[], done: ExportCallback): undefined => {
            const behaviour = plan[model.sent.length % plan.length] as Behaviour;
            const { now, act } = BEHAVIOURS[behaviour];
            seen.add(behaviour);
            model.sent.push({ items: [...items], behaviour, at: Date.now(), done, outcome: now });
            return act(done) as undefined;
          },
          shutdown: async () => void closings++,
        };
        const pipeline = new Pipeline<Item>(outlet, 'logs', connection, {
          ...batch,
          capacityBytes: 1_000_000,
          sizeBytes: 1_000_000,
          delayMillis: 100,
          timeoutMillis: TIMEOUT,
        });
        const account = connection.account('logs');
        let pushed = 0;

        const check = (): void => {
          const { routed, delivered, failed, dropped } = account.counts();
          const lost = Object.values(dropped).reduce((sum, n) => sum + n, 0);
          expect(routed).toBe(pushed);
          expect(delivered + failed + lost + pipeline.size).toBe(routed);
          expect(pipeline.size).toBe(model.size);
          expect(delivered).toBe(model.count('delivered'));
          expect(failed).toBe(model.count('failed'));
          expect(dropped.queue_full ?? 0).toBe(model.full);
          expect(dropped.closed ?? 0).toBe(model.closed);
          expect(dropped.shutdown ?? 0).toBe(model.abandoned);
          expect(pipeline.size).toBeLessThanOrEqual(batch.capacity);
          expect(model.sent.filter((s) => !s.outcome).length).toBeLessThanOrEqual(batch.inFlight);
        };

        const take = async (next: Step): Promise<void> => {
          switch (next.do) {
            case 'push':
              for (let i = 0; i < next.n; i++) {
                if (model.ended !== undefined) model.closed++;
                else if (model.size >= batch.capacity) model.full++;
                else model.accepted++;
                pipeline.push({ n: pushed++ }, 10);
              }
              break;
            case 'advance':
              await vi.advanceTimersByTimeAsync(next.millis);
              break;
            case 'answer': {
              // The oldest that waits for it, in time or late, and every late one once more.
              const good = next.with === 'good';
              const open = model.sent.find((s) => s.behaviour === 'later' && !s.outcome);
              if (open) open.outcome = good ? 'delivered' : 'failed';
              open?.done(good ? GOOD : BAD);
              for (const late of model.sent.filter((s) => s.outcome === 'failed')) late.done(GOOD);
              break;
            }
            case 'flush':
              void withDeadline(250, (deadline) => pipeline.forceFlush(deadline));
              break;
            case 'flushPassed':
              void pipeline.forceFlush({ timeoutMillis: 0, signal: AbortSignal.abort() });
              break;
            case 'shutdown':
              model.ended ??= Date.now();
              void withDeadline(DEADLINE, (deadline) => pipeline.shutdown(deadline));
          }
        };

        for (const next of todo) {
          await take(next);
          // Rejections arrive, but nothing that waits for a timer runs.
          for (let i = 0; i < 10; i++) await Promise.resolve();
          model.look();
          check();
          steps++;
        }
        // In the end everything has an outcome, and went to the exporter at most once.
        model.ended ??= Date.now();
        void withDeadline(DEADLINE, (deadline) => pipeline.shutdown(deadline));
        await vi.advanceTimersByTimeAsync(DEADLINE);
        model.look();
        check();
        expect(pipeline.size).toBe(0);
        expect(closings).toBe(1);
        const numbers = model.sent.flatMap(({ items }) => items.map(({ n }) => n));
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        expect(Math.max(0, ...model.sent.map(({ items }) => items.length))).toBeLessThanOrEqual(batch.size);
        vi.clearAllTimers();
      }),
      { numRuns: 100 },
    );
    expect(steps).toBeGreaterThanOrEqual(10_000);
    expect([...seen].sort()).toEqual([...behaviours].sort());
  });
});
