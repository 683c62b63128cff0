import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { SinkFunction, SinkResult } from '../../../src/delivery/sink-function.js';
import type { Emission } from '../../../src/emission/emission.js';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import type { BatchFunction, BatchResult } from '../../../src/sinks/modifiers/batch-function.js';
import { batched } from '../../../src/sinks/modifiers/batched.js';
import { callOf, emissionOf, numbered, settle, TICKED, waiting } from '../../delivery/helpers.js';
import { noUnhandledRejections } from '../../promises/rejections.js';

noUnhandledRejections();
afterEach(() => void vi.useRealTimers());

const LATER = 60_000;
const names = (emissions: readonly Emission[]): string => emissions.map(({ message }) => message).join(' ');

/** A function of batches that keeps what it was given. */
function kept(
  answer: (emissions: readonly Emission[]) => BatchResult | Promise<BatchResult> = () => undefined,
): {
  readonly fn: BatchFunction;
  readonly batches: string[];
} {
  const batches: string[] = [];
  return {
    batches,
    fn: (emissions) => {
      batches.push(names(emissions));
      return answer(emissions);
    },
  };
}

/** What becomes of each emission: nothing where it is delivered, its reason, or what it failed with. */
async function outcomes(sink: SinkFunction, emissions: readonly Emission[]): Promise<unknown[]> {
  const answers = emissions.map(async (emission): Promise<SinkResult> => sink(emission, callOf()));
  sink.flush?.();
  return (await Promise.allSettled(answers)).map((one) =>
    one.status === 'fulfilled' ? one.value?.dropped : `${one.reason}`,
  );
}

describe('when batched() gives a batch', () => {
  test('batched() - in order, when it is full', async () => {
    const { fn, batches } = kept();
    const sink = batched(fn, { size: 3, ageMillis: LATER });
    for (const emission of numbered(7)) void sink(emission, callOf());
    await settle();
    expect(batches).toEqual(['0 1 2', '3 4 5']);
  });

  test('batched() - when its first emission is old enough, counted from that one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { fn, batches } = kept();
    const sink = batched(fn, { size: 100, ageMillis: 50 });
    const [a, b, c] = numbered(3) as [Emission, Emission, Emission];
    void sink(a, callOf());
    await vi.advanceTimersByTimeAsync(30);
    void sink(b, callOf());
    await vi.advanceTimersByTimeAsync(19);
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches).toEqual(['0 1']);
    void sink(c, callOf());
    await vi.advanceTimersByTimeAsync(50);
    expect(batches).toEqual(['0 1', '2']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('batched() - before it has more bytes than it may have; one that is larger alone goes alone', async () => {
    const { fn, batches } = kept();
    const sink = batched(fn, { size: 100, ageMillis: LATER, bytes: 2_000 });
    const sized = (message: string, length: number): Emission =>
      emissionOf(TICKED, { text: 'x'.repeat(length) }, { message });
    for (const emission of [
      sized('a', 600),
      sized('b', 600),
      sized('c', 600),
      sized('d', 9_000),
      sized('e', 1),
    ])
      void sink(emission, callOf());
    sink.flush?.();
    await settle();
    expect(batches).toEqual(['a b', 'c', 'd', 'e']);
  });

  test('batched() - at once when it is flushed, and nothing where there is nothing', async () => {
    const { fn, batches } = kept();
    const sink = batched(fn, { size: 100, ageMillis: LATER });
    sink.flush?.();
    void sink(emissionOf(), callOf());
    sink.flush?.();
    sink.flush?.();
    await settle();
    expect(batches).toHaveLength(1);
  });

  test('batched() - at once when it is closed, which awaits it; then what it wraps is closed', async () => {
    const steps: string[] = [];
    const answer = waiting();
    const fn = Object.assign(
      async () => {
        steps.push('given');
        await answer.promise;
        steps.push('answered');
      },
      { close: () => void steps.push('closed') },
    );
    const sink = batched(fn, { size: 100, ageMillis: LATER });
    const outcome = sink(emissionOf(), callOf());
    const closing = sink.close?.();
    await settle();
    answer.resolve();
    await closing;
    expect(steps).toEqual(['given', 'answered', 'closed']);
    expect(await outcome).toBeUndefined();
  });

  test('batched() - one at a time: the next waits for the outcome of the one before', async () => {
    const answers = [waiting(), waiting()];
    const { fn, batches } = kept(() => answers[batches.length - 1]?.promise);
    const sink = batched(fn, { size: 2, ageMillis: LATER });
    const all = outcomes(sink, numbered(4));
    await settle();
    expect(batches).toEqual(['0 1']);
    answers[0]?.reject(new Error('no'));
    await settle();
    expect(batches).toEqual(['0 1', '2 3']);
    answers[1]?.resolve();
    expect(await all).toEqual(['Error: no', 'Error: no', undefined, undefined]);
  });

  test('batched() - takes as many in flight as a batch has', () => {
    expect(batched(() => {}, { size: 17, ageMillis: 1 }).inFlight).toBe(17);
  });

  test('batched() - leaves nothing out, gives nothing twice and keeps the order, however emissions come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.constantFrom('emit', 'flush', 'turn'), { maxLength: 60 }),
        async (size, steps) => {
          const given: Emission[] = [];
          const sink = batched(
            async (emissions) => {
              expect(emissions.length).toBeGreaterThanOrEqual(1);
              expect(emissions.length).toBeLessThanOrEqual(size);
              await null;
              given.push(...emissions);
              return emissions.map(({ message }) => ({ dropped: message }));
            },
            { size, ageMillis: LATER },
          );
          const emissions = numbered(60);
          const answers: Promise<unknown>[] = [];
          for (const step of steps) {
            if (step === 'emit') {
              const emission = emissions[answers.length] as Emission;
              answers.push(Promise.resolve(sink(emission, callOf())));
            } else if (step === 'flush') sink.flush?.();
            else await null;
          }
          sink.flush?.();
          expect(await Promise.all(answers)).toEqual(answers.map((_, i) => ({ dropped: String(i) })));
          expect(given).toEqual(emissions.slice(0, answers.length));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('what becomes of an emission of batched()', () => {
  test('batched() - what the batch comes to, where the function answers one outcome for all', async () => {
    const with3 = (answer: () => BatchResult | Promise<BatchResult>): Promise<unknown[]> =>
      outcomes(batched(kept(answer).fn, { size: 3, ageMillis: LATER }), numbered(3));
    expect(await with3(() => undefined)).toEqual([undefined, undefined, undefined]);
    expect(await with3(async () => ({ dropped: 'full' }))).toEqual(['full', 'full', 'full']);
    const fail = (): never => {
      throw new Error('thrown');
    };
    expect(await with3(fail)).toEqual(Array(3).fill('Error: thrown'));
    expect(await with3(async () => fail())).toEqual(Array(3).fill('Error: thrown'));
  });

  test('batched() - its own, where the function answers one for each', async () => {
    const { fn } = kept(() => [
      undefined,
      { dropped: 'late' },
      { failed: new Error('bad') },
      { failed: undefined },
    ]);
    expect(await outcomes(batched(fn, { size: 4, ageMillis: LATER }), numbered(4))).toEqual([
      undefined,
      'late',
      'Error: bad',
      'undefined',
    ]);
  });

  test.each([0, 1, 3])('batched() - failed, where the function answers %i outcomes for two', async (n) => {
    const { fn } = kept(() => Array<undefined>(n).fill(undefined));
    const message = `Error: batched: the function answered ${n} outcomes for 2 emissions. Give one for each, in order, or one for all.`;
    expect(await outcomes(batched(fn, { size: 2, ageMillis: LATER }), numbered(2))).toEqual([
      message,
      message,
    ]);
  });

  test('batched() - its function can not disturb the list, and is given no emission that nobody waits for', async () => {
    const late = new AbortController();
    const given: (readonly Emission[])[] = [];
    const sink = batched((emissions) => void given.push(emissions), { size: 100, ageMillis: LATER });
    const [a, b] = numbered(2) as [Emission, Emission];
    const first = sink(a, callOf(late.signal));
    const second = sink(b, callOf());
    late.abort(new Error('its time was over'));
    sink.flush?.();
    await expect(first).rejects.toThrow('its time was over');
    expect(await second).toBeUndefined();
    expect(given.map(names)).toEqual(['1']);
    expect(Object.isFrozen(given[0])).toBe(true);
  });

  test('batched() - is not given at all where nobody waits for any of it', async () => {
    const { fn, batches } = kept();
    const sink = batched(fn, { size: 2, ageMillis: LATER });
    const over = callOf(AbortSignal.abort(new Error('over')));
    const answer = sink(emissionOf(), over);
    sink.flush?.();
    await expect(answer).rejects.toThrow('over');
    expect(batches).toEqual([]);
  });

  test('batched() - gives the signal of the emission that came last', async () => {
    const last = new AbortController();
    let signal: AbortSignal | undefined;
    const sink = batched(
      (_, call) => {
        signal = call.signal;
      },
      { size: 2, ageMillis: LATER },
    );
    void sink(emissionOf(), callOf());
    await sink(emissionOf(), callOf(last.signal));
    expect(signal).toBe(last.signal);
  });

  test('batched() - runs in the async context of the first emission, whoever has the batch leave', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const sink = batched(() => void seen.push(storage.getStore()), { size: 2, ageMillis: 5 });
    const give = (where: string): Promise<unknown> =>
      storage.run(where, async () => sink(emissionOf(), callOf()));
    await Promise.all([give('a'), give('b'), give('c'), give('d')]);
    await give('by age');
    const flushed = give('by flush');
    storage.run('elsewhere', () => sink.flush?.());
    await flushed;
    expect(seen).toEqual(['a', 'c', 'by age', 'by flush']);
  });
});

describe('options of batched()', () => {
  test.each<[unknown, string]>([
    [{}, 'batched: `size` is undefined. Give a whole number from 1.'],
    [{ size: 1.5, ageMillis: 1 }, 'batched: `size` is 1.5.'],
    [{ size: 1 }, 'batched: `ageMillis` is undefined. Give milliseconds'],
    [{ size: 1, ageMillis: 1, bytes: 0 }, 'batched: `bytes` is 0.'],
    [{ size: 1, age: 1 }, "batched: there is no option 'age'."],
    [undefined, 'batched: `size` is undefined.'],
  ])('batched() - refuses %o', (options, message) => {
    expect(() => batched(() => {}, options as never)).toThrow(SignalboxError);
    expect(() => batched(() => {}, options as never)).toThrow(message);
  });

  test('batched() - refuses what is no function', () => {
    expect(() => batched([] as never, { size: 1, ageMillis: 1 })).toThrow(
      'batched: the sink is a list of 0. Give a function that takes a list of emissions',
    );
  });
});
