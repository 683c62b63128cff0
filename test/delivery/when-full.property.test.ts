import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcome } from '../../src/delivery/account.js';
import { OldestOut } from '../../src/delivery/oldest-out.js';
import type { Receipt } from '../../src/delivery/receipt.js';
import type { SinkFunction } from '../../src/delivery/sink-function.js';
import type { MakeQueue } from '../../src/delivery/sink-port.js';
import { connectSink } from '../../src/delivery/sink-port.js';
import { WaitingRoom } from '../../src/delivery/waiting-room.js';
import type { Waiting } from './helpers.js';
import { connectionOf, deadline, emissionOf, settle, TICKED, waiting } from './helpers.js';

const QUEUES = {
  dropNewest: undefined,
  dropOldest: (bounds, account, gone) => new OldestOut(bounds, account, gone),
  block: (bounds, account, gone) => new WaitingRoom(bounds, account, gone),
} satisfies Record<string, MakeQueue | undefined>;
type Policy = keyof typeof QUEUES;

/** What the sink does with an emission. Of `later` ones the test says when. */
const BEHAVIOURS = ['returns', 'resolves', 'drops', 'throws', 'rejects', 'later', 'laterFails'] as const;
type Behaviour = (typeof BEHAVIOURS)[number];
const OUTCOMES: Readonly<Record<Behaviour, Outcome>> = {
  returns: 'delivered',
  resolves: 'delivered',
  drops: { dropped: 'filtered' },
  throws: 'failed',
  rejects: 'failed',
  later: 'delivered',
  laterFails: 'failed',
};

type Step =
  | {
      readonly do: 'accept';
      readonly behaviour: Behaviour;
      readonly bytes: number;
      readonly isWaitedFor: boolean;
    }
  | { readonly do: 'answer' | 'withdraw'; readonly which: number }
  | { readonly do: 'settle' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('accept' as const),
      behaviour: fc.oneof(
        { weight: 1, arbitrary: fc.constantFrom(...BEHAVIOURS) },
        { weight: 2, arbitrary: fc.constantFrom('later' as const, 'laterFails' as const) },
      ),
      bytes: fc.integer({ min: 0, max: 60 }),
      isWaitedFor: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('answer' as const, 'withdraw' as const), which: fc.nat(20) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
);

interface Given {
  readonly n: number;
  readonly behaviour: Behaviour;
  readonly bytes: number;
  readonly isWaitedFor: boolean;
}

const bytesOf = (given: readonly Given[]): number => given.reduce((sum, { bytes }) => sum + bytes, 0);

/** The same queue and sink, told by lists. */
class Model {
  readonly policy: Policy;
  readonly capacity: number;
  readonly capacityBytes: number;
  readonly inFlight: number;
  readonly waiting: Given[] = [];
  readonly flights: Given[] = [];
  readonly room: Given[] = [];
  readonly outcomes = new Map<number, Outcome>();
  #full: 'queue_full' | 'queue_bytes' = 'queue_full';

  constructor(policy: Policy, capacity: number, capacityBytes: number, inFlight: number) {
    this.policy = policy;
    this.capacity = capacity;
    this.capacityBytes = capacityBytes;
    this.inFlight = inFlight;
  }

  #refusal(bytes: number, held: readonly Given[]): 'queue_full' | 'queue_bytes' | undefined {
    if (held.length >= this.capacity) return 'queue_full';
    return bytesOf(held) + bytes > this.capacityBytes ? 'queue_bytes' : undefined;
  }

  accept(given: Given): void {
    const { n, bytes } = given;
    let refusal =
      this.room.length > 0 ? this.#full : this.#refusal(bytes, [...this.waiting, ...this.flights]);
    if (refusal && this.policy === 'dropOldest' && !this.#refusal(bytes, this.flights)) {
      while (refusal) {
        this.outcomes.set((this.waiting.shift() as Given).n, { dropped: 'displaced' });
        refusal = this.#refusal(bytes, [...this.waiting, ...this.flights]);
      }
    }
    if (!refusal) this.waiting.push(given);
    else if (this.policy === 'block' && given.isWaitedFor && !this.#refusal(bytes, this.room)) {
      this.#full = refusal;
      this.room.push(given);
    } else this.outcomes.set(n, { dropped: refusal });
  }

  withdraw(n: number): void {
    const at = this.room.findIndex((given) => given.n === n);
    if (at < 0) return;
    this.room.splice(at, 1);
    this.outcomes.set(n, { dropped: this.#full });
    if (at === 0) this.#admit();
  }

  /** What becomes of all when everything has run that waits for no test. */
  settle(): void {
    for (let next = this.waiting[0]; next && this.flights.length < this.inFlight; next = this.waiting[0]) {
      this.flights.push(next);
      this.waiting.shift();
      if (!next.behaviour.startsWith('later')) this.end(next.n);
    }
  }

  end(n: number): void {
    const [given] = this.flights.splice(
      this.flights.findIndex((flight) => flight.n === n),
      1,
    ) as [Given];
    this.outcomes.set(n, OUTCOMES[given.behaviour]);
    this.#admit();
  }

  #admit(): void {
    for (let next = this.room[0]; next; next = this.room[0]) {
      const refusal = this.#refusal(next.bytes, [...this.waiting, ...this.flights]);
      if (refusal) {
        this.#full = refusal;
        return;
      }
      this.room.shift();
      this.waiting.push(next);
    }
  }
}

test.each<Policy>(['dropNewest', 'dropOldest', 'block'])(
  'a queue with %s - routed = delivered + dropped + failed + queued at every moment, each emission has one outcome, and it is the right one',
  async (policy) => {
    let displacedOrWaited = 0;
    const run = async (
      capacity: number,
      capacityBytes: number,
      inFlight: number,
      script: readonly Step[],
      endByDeadline: boolean,
    ): Promise<void> => {
      const model = new Model(policy, capacity, capacityBytes, inFlight);
      const all: Given[] = [];
      const told = new Map<number, Outcome[]>();
      const receipts = new Map<number, Receipt>();
      const called: number[] = [];
      const asked = new Map<number, Waiting<void>>();
      const sink: SinkFunction = ({ message }) => {
        const n = Number(message);
        called.push(n);
        const behaviour = all[n]?.behaviour;
        if (behaviour === 'returns') return undefined;
        if (behaviour === 'resolves') return Promise.resolve();
        if (behaviour === 'drops') return { dropped: 'filtered' };
        if (behaviour === 'throws') throw new Error('no');
        if (behaviour === 'rejects') return Promise.reject(new Error('no'));
        const answer = waiting();
        asked.set(n, answer);
        return answer.promise;
      };
      const connection = connectionOf();
      const port = connectSink(
        Object.assign(sink, { inFlight }),
        { capacity, capacityBytes, queue: QUEUES[policy] },
        connection,
      );

      const check = (): void => {
        const counts = connection.sinkAccount.counts();
        const dropped = Object.values(counts.dropped).reduce((sum, n) => sum + n, 0);
        expect(counts.delivered + dropped + counts.failed + counts.queued).toBe(counts.routed);
        expect(counts.routed).toBe(all.length);
        const open = [...model.flights, ...model.waiting, ...model.room];
        expect(port.queue?.()).toMatchObject({ size: open.length, bytes: bytesOf(open) });
        expect(counts.queued).toBe(open.length);
        const expected: Record<string, number> = {};
        for (const outcome of model.outcomes.values()) {
          const key = typeof outcome === 'string' ? outcome : `dropped ${outcome.dropped}`;
          expected[key] = (expected[key] ?? 0) + 1;
        }
        const { delivered = 0, failed = 0, ...reasons } = expected;
        expect(counts).toMatchObject({ delivered, failed });
        expect(
          Object.fromEntries(Object.entries(counts.dropped).map(([r, n]) => [`dropped ${r}`, n])),
        ).toEqual(reasons);
        for (const [n, outcomes] of told)
          expect([n, outcomes]).toEqual([n, model.outcomes.has(n) ? [model.outcomes.get(n)] : []]);
      };

      for (const now of script) {
        if (now.do === 'accept') {
          const n = all.length;
          const given = { ...now, n };
          all.push(given);
          let receipt: Receipt | undefined;
          if (now.isWaitedFor) {
            const outcomes: Outcome[] = [];
            told.set(n, outcomes);
            receipt = { settle: (outcome) => outcomes.push(outcome) };
            receipts.set(n, receipt);
          }
          model.accept(given);
          port.accept?.(emissionOf(TICKED, {}, { message: String(n) }), undefined, now.bytes, receipt);
          displacedOrWaited += model.room.length;
        } else if (now.do === 'withdraw') {
          const [n, receipt] = [...receipts][now.which % Math.max(1, receipts.size)] ?? [];
          if (n !== undefined) {
            model.withdraw(n);
            receipt?.withdraw?.();
          }
        } else {
          await settle();
          model.settle();
          check();
          const [n, answer] =
            [...asked][now.do === 'answer' ? now.which % Math.max(1, asked.size) : -1] ?? [];
          if (n !== undefined) {
            asked.delete(n);
            if (all[n]?.behaviour === 'later') answer?.resolve();
            else answer?.reject(new Error('no'));
            await settle();
            model.end(n);
            model.settle();
          }
        }
        check();
      }

      const limit = deadline();
      const ended = port.shutdown(limit);
      await settle();
      model.settle();
      for (const [n, answer] of endByDeadline ? [] : asked) {
        asked.delete(n);
        if (all[n]?.behaviour === 'later') answer.resolve();
        else answer.reject(new Error('no'));
        await settle();
        model.end(n);
        model.settle();
        check();
      }
      limit.pass();
      await ended;
      for (const { n } of model.flights.splice(0)) model.outcomes.set(n, 'failed');
      for (const { n } of [...model.waiting.splice(0), ...model.room.splice(0)])
        model.outcomes.set(n, { dropped: 'shutdown' });
      check();
      for (const receipt of receipts.values()) receipt.withdraw?.();
      for (const answer of asked.values()) answer.resolve();
      await settle();
      check();
      expect(called).toEqual([...called].sort((a, b) => a - b));
      displacedOrWaited += connection.sinkAccount.counts().dropped.displaced ?? 0;
    };

    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }),
        fc.boolean(),
        run,
      ),
      { numRuns: 50 },
    );
    // The policies did come to pass.
    if (policy !== 'dropNewest') expect(displacedOrWaited).toBeGreaterThan(20);
  },
);
