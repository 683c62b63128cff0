import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withDeadline } from '../../src/delivery/deadline.js';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';
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
const BAD = { code: 1, error: new Error('no') };
const REFUSED = { code: 1, error: Object.assign(new Error('refused'), { code: 400 }) };

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
  drains: {
    now: 'delivered',
    act: (done, items) => {
      items.splice(0);
      done(GOOD);
    },
  },
  refuses: { now: 'refused', act: (done) => done(REFUSED) },
  refusesThenSucceeds: {
    now: 'refused',
    act: (done) => {
      done(REFUSED);
      done(GOOD);
    },
  },
  drainsAndThrowsRefusal: {
    now: 'refused',
    act: (_, items) => {
      items.splice(0);
      throw REFUSED.error;
    },
  },
  // These have no outcome until the test answers, the exporter rejects, or time has run out.
  rejects: { now: undefined, act: () => Promise.reject(new Error('no')) },
  rejectsNothing: { now: undefined, act: () => Promise.reject() },
  resolvesOnly: { now: undefined, act: async () => {} },
  later: { now: undefined, act: () => undefined },
  never: { now: undefined, act: () => undefined },
} as const satisfies Record<string, { now: Outcome; act: (done: ExportCallback, items: Item[]) => unknown }>;
type Outcome = 'delivered' | 'failed' | 'refused' | undefined;
type Behaviour = keyof typeof BEHAVIOURS;
const behaviours = Object.keys(BEHAVIOURS) as Behaviour[];

type Step =
  | { readonly do: 'push'; readonly n: number }
  | { readonly do: 'advance'; readonly millis: number }
  | { readonly do: 'answer'; readonly with: 'good' | 'bad' | 'refused' }
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
      with: fc.constantFrom('good', 'good', 'bad', 'refused'),
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
  outcome: Outcome;
  /** The exporter has answered, in time or late: no call is open. */
  answered: boolean;
}

/** The same accounts, kept by the simplest means: a list of the exporter's calls, and the clock. */
class Model {
  readonly sent: Sent[] = [];
  accepted = 0;
  full = 0;
  displaced = 0;
  closed = 0;
  ended: number | undefined;

  get handed(): number {
    return new Set(this.sent.flatMap(({ items }) => items)).size;
  }
  /** Items whose last call ended so. One that was refused in company was not lost by that. */
  count(outcome: Outcome): number {
    const last = new Map<Item, Outcome>();
    for (const { items, outcome: of } of this.sent) for (const item of items) last.set(item, of);
    return [...last.values()].filter((of) => of === outcome).length;
  }
  get deadlinePassed(): boolean {
    return this.ended !== undefined && Date.now() >= this.ended + DEADLINE;
  }

  /** What has an outcome now because time went by or promises settled. */
  look(): void {
    for (const sent of this.sent) {
      if (sent.outcome) continue;
      const rejected = sent.behaviour === 'rejects' || sent.behaviour === 'rejectsNothing';
      if (rejected) sent.answered = true;
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
      whenFull: fc.constantFrom('dropNewest' as const, 'dropOldest' as const),
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
            model.sent.push({
              items: [...items],
              behaviour,
              at: Date.now(),
              done,
              outcome: now,
              answered: now !== undefined,
            });
            return act(done, items) as undefined;
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
        const alone = new Set<Item>();

        const check = (): void => {
          const { routed, delivered, failed, dropped } = account.counts();
          const { refused = 0, shutdown = 0 } = dropped;
          const lost = Object.values(dropped).reduce((sum, n) => sum + n, 0);
          expect(routed).toBe(pushed);
          expect(delivered + failed + lost + pipeline.size).toBe(routed);
          expect(pipeline.bytes).toBe(pipeline.size * 10);
          expect(delivered).toBe(model.count('delivered'));
          expect(failed).toBe(model.count('failed'));
          expect(dropped.queue_full ?? 0).toBe(model.full);
          expect(dropped.closed ?? 0).toBe(model.closed);
          // Refused in company it waits to be sent again, until it is refused for good or the deadline comes.
          expect(refused).toBeLessThanOrEqual(model.count('refused'));
          const open = model.accepted - delivered - failed - refused - model.displaced;
          expect(dropped.displaced ?? 0).toBe(model.displaced);
          expect(shutdown).toBe(model.deadlinePassed ? open : 0);
          expect(pipeline.size).toBe(model.deadlinePassed ? 0 : open);
          for (const { items, outcome } of model.sent)
            if (outcome === 'refused' && items.length === 1) alone.add(items[0] as Item);
          expect(refused).toBeGreaterThanOrEqual(alone.size);
          expect(pipeline.size).toBeLessThanOrEqual(batch.capacity);
          // Also those whose time is over.
          expect(model.sent.filter((s) => !s.answered).length).toBeLessThanOrEqual(batch.inFlight);
        };

        const take = async (next: Step): Promise<void> => {
          switch (next.do) {
            case 'push':
              for (let i = 0; i < next.n; i++) {
                const isFull = pipeline.size >= batch.capacity;
                const before = account.counts().dropped.displaced ?? 0;
                pipeline.push({ n: pushed++ }, 10);
                const displaced = (account.counts().dropped.displaced ?? 0) - before;
                model.displaced += displaced;
                // Where all that there is room for is in flight, nothing can make room.
                expect(displaced).toBeLessThanOrEqual(isFull && batch.whenFull === 'dropOldest' ? 1 : 0);
                if (model.ended !== undefined) model.closed++;
                else if (isFull && displaced === 0) model.full++;
                else model.accepted++;
              }
              break;
            case 'advance':
              await vi.advanceTimersByTimeAsync(next.millis);
              break;
            case 'answer': {
              // The oldest that waits for it, in time or late, and every late one once more.
              const answer = { good: GOOD, bad: BAD, refused: REFUSED }[next.with];
              const late = model.sent.filter((s) => s.outcome === 'failed' && s.behaviour !== 'never');
              const open = model.sent.find((s) => s.behaviour === 'later' && !s.outcome);
              if (open) {
                open.outcome = ({ good: 'delivered', bad: 'failed', refused: 'refused' } as const)[next.with];
                open.answered = true;
                open.done(answer);
              }
              for (const each of late) {
                each.answered = true;
                each.done(GOOD);
              }
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
        // Sent once, in order; what was refused again in parts, each item at most once for each time that it is halved.
        const first = new Set(model.sent.flatMap(({ items }) => items.map(({ n }) => n)));
        const fresh = [...first];
        expect(fresh).toEqual([...fresh].sort((a, b) => a - b));
        const times = new Map<Item, Outcome[]>();
        for (const { items, outcome } of model.sent)
          for (const item of items) times.set(item, [...(times.get(item) ?? []), outcome]);
        for (const outcomes of times.values()) {
          expect(outcomes.length).toBeLessThanOrEqual(1 + Math.ceil(Math.log2(batch.size)));
          expect(outcomes.slice(0, -1).every((outcome) => outcome === 'refused')).toBe(true);
        }
        expect(Math.max(0, ...model.sent.map(({ items }) => items.length))).toBeLessThanOrEqual(batch.size);
        vi.clearAllTimers();
      }),
      { numRuns: 100 },
    );
    expect(steps).toBeGreaterThanOrEqual(10_000);
    expect([...seen].sort()).toEqual([...behaviours].sort());
  });
});
