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
  | { readonly do: 'answer'; readonly which: number }
  | { readonly do: 'microtasks' | 'settle' | 'flush' | 'flushPassed' };

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
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(7) }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('microtasks', 'settle', 'flush', 'flushPassed') }),
  },
);

/** What was accepted and has no outcome. */
interface Open {
  readonly n: number;
  readonly behaviour: Behaviour;
}

/** The same sink, queue and accounting, told by the simplest means: lists. */
class Model {
  readonly #inFlight: number;
  readonly waiting: Open[] = [];
  readonly flights: Open[] = [];
  readonly dropped: Record<string, number> = {};
  delivered = 0;
  failed = 0;
  routed = 0;

  constructor(inFlight: number) {
    this.#inFlight = inFlight;
  }

  get queued(): number {
    return this.waiting.length + this.flights.length;
  }

  drop(reason: string, n = 1): void {
    if (n > 0) this.dropped[reason] = (this.dropped[reason] ?? 0) + n;
  }

  /** Gives outcomes to what can have one, when all that needs no test's answer has run. */
  settle(): void {
    while (this.flights.length < this.#inFlight) {
      const next = this.waiting.shift();
      if (!next) return;
      if (BEHAVIOURS[next.behaviour].answer && next.behaviour !== 'never') this.#end(next);
      else this.flights.push(next);
    }
  }

  answer(n: number): void {
    const at = this.flights.findIndex((open) => open.n === n);
    for (const open of this.flights.splice(at, 1)) this.#end(open);
    this.settle();
  }

  #end({ behaviour }: Open): void {
    const { outcome } = BEHAVIOURS[behaviour];
    if (outcome === 'filtered') this.drop('filtered');
    else if (outcome) this[outcome]++;
  }
}

interface Asked {
  readonly n: number;
  readonly answer: Waiting<void>;
}

describe('a sink port', () => {
  test('a sink port - routed = delivered + dropped + failed + queued after each of thousands of steps', async () => {
    let steps = 0;
    const run = async (
      capacity: number,
      inFlight: number,
      script: readonly Step[],
      endByDeadline: boolean,
    ): Promise<void> => {
      const asked: Asked[] = [];
      const called: number[] = [];
      const plans: Behaviour[] = [];
      let open = 0;
      const sink: SinkFunction = ({ message }) => {
        const n = Number(message);
        called.push(n);
        const plan = plans[n] as Behaviour;
        if (plan !== 'later' && plan !== 'laterFails') return BEHAVIOURS[plan].answer() as undefined;
        const answer = waiting();
        asked.push({ n, answer });
        expect(++open).toBeLessThanOrEqual(inFlight);
        return answer.promise;
      };
      const connection = connectionOf();
      const port = connectSink(Object.assign(sink, { inFlight }), { capacity }, connection);
      const model = new Model(inFlight);
      const flushes: { readonly target: number; done: boolean }[] = [];
      const counts = (): ReturnType<typeof connection.sinkAccount.counts> => connection.sinkAccount.counts();

      const check = (): void => {
        steps++;
        const now = counts();
        // `queued` is what the account leaves over; the queue's own size says the same independently.
        expect(now.queued).toBe(port.queue?.().size);
        expect(now.queued).toBeLessThanOrEqual(capacity);
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
          queued: model.queued,
        });
        const oldest = Math.min(...[...model.flights, ...model.waiting].map(({ n }) => n));
        for (const { target, done } of flushes) expect(done).toBe(oldest >= target);
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
        if (room) model.waiting.push({ n, behaviour });
      };
      const flush = (): void => {
        const flushed = { target: plans.length, done: false };
        flushes.push(flushed);
        void port.forceFlush(deadline()).then(() => {
          flushed.done = true;
        });
      };
      const answer = async (which: number): Promise<void> => {
        const [mine] = asked.splice(which % Math.max(1, asked.length), 1);
        if (!mine) return;
        open--;
        if (plans[mine.n] === 'laterFails') mine.answer.reject(new Error('no'));
        else mine.answer.resolve();
        await settle();
        model.answer(mine.n);
        compare();
      };

      for (const now of script) {
        if (now.do === 'accept') accept(now.behaviour);
        else if (now.do === 'microtasks') await Promise.resolve();
        else if (now.do === 'flush') flush();
        else if (now.do === 'flushPassed') await port.forceFlush(passed());
        else {
          // Where the sink waits for the test it answers; both are compared when all is still.
          await settle();
          model.settle();
          compare();
          if (now.do === 'answer') await answer(now.which);
        }
        check();
      }

      const limit = deadline();
      const flushed = port.forceFlush(limit);
      const ended = port.shutdown(limit);
      await settle();
      model.settle();
      if (!endByDeadline) while (asked.length > 0) await answer(0);
      compare();
      check();
      limit.pass();
      await Promise.all([flushed, ended]);
      await settle();
      model.failed += model.flights.splice(0).length;
      model.drop('shutdown', model.waiting.splice(0).length);
      compare();
      for (const late of asked) late.answer.resolve();
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
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
        fc.boolean(),
        run,
      ),
      { numRuns: 200 },
    );
    expect(steps).toBeGreaterThan(3_000);
  });
});
