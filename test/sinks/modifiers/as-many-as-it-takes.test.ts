import { describe, expect, test } from 'vitest';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import { asManyAsItTakes } from '../../../src/sinks/modifiers/as-many-as-it-takes.js';
import type { Waiting } from '../../delivery/helpers.js';
import { callOf, emissionOf, numbered, settle, waiting } from '../../delivery/helpers.js';
import { noUnhandledRejections } from '../../promises/rejections.js';

noUnhandledRejections();

describe('asManyAsItTakes()', () => {
  test('asManyAsItTakes() - leaves a sink alone that takes as many', () => {
    const sink: SinkFunction = Object.assign(() => {}, { inFlight: 5 });
    expect(asManyAsItTakes(sink, 5)).toBe(sink);
  });

  test.each([1, 3])(
    'asManyAsItTakes() - calls a sink for %i at once and no more, in order, whatever they come to',
    async (n) => {
      const begun: string[] = [];
      const answers: Waiting<undefined>[] = [];
      const sink = asManyAsItTakes(
        Object.assign(
          ({ message }: { readonly message: string }) => {
            begun.push(message);
            const answer = waiting<undefined>();
            answers.push(answer);
            return answer.promise;
          },
          { inFlight: n },
        ),
        10,
      );
      const outcomes = numbered(6).map((emission) =>
        Promise.resolve(sink(emission, callOf())).then(
          () => 'delivered',
          (error: Error) => error.message,
        ),
      );
      for (let ended = 0; ended < 6; ended++) {
        await settle();
        expect(begun).toEqual(['0', '1', '2', '3', '4', '5'].slice(0, ended + n));
        if (ended === 1) answers[ended]?.reject(new Error('no'));
        else answers[ended]?.resolve(undefined);
      }
      expect(await Promise.all(outcomes)).toEqual([
        'delivered',
        'no',
        'delivered',
        'delivered',
        'delivered',
        'delivered',
      ]);
    },
  );

  test('asManyAsItTakes() - does not call it for what nobody waits for any more', async () => {
    const first = waiting<undefined>();
    const begun: string[] = [];
    const sink = asManyAsItTakes(({ message }) => {
      begun.push(message);
      return message === '0' ? first.promise : undefined;
    }, 3);
    const over = new AbortController();
    const [a, b, c] = numbered(3);
    const outcomes = [
      sink(a ?? emissionOf(), callOf()),
      sink(b ?? emissionOf(), callOf(over.signal)),
      sink(c ?? emissionOf(), callOf()),
    ];
    over.abort(new Error('over'));
    first.resolve(undefined);
    await expect(outcomes[1]).rejects.toThrow('over');
    await outcomes[2];
    expect(begun).toEqual(['0', '2']);
  });

  test('asManyAsItTakes() - gives the place of a call that nobody waits for any more to the next, once', async () => {
    const over = new AbortController();
    const answers = numbered(4).map(() => waiting<undefined>());
    const begun: string[] = [];
    const sink = asManyAsItTakes(({ message }) => {
      begun.push(message);
      return answers[Number(message)]?.promise;
    }, 4);
    const [a, b, c, d] = numbered(4);
    void sink(a ?? emissionOf(), callOf(over.signal));
    void sink(b ?? emissionOf(), callOf());
    void sink(c ?? emissionOf(), callOf());
    over.abort();
    await settle();
    expect(begun).toEqual(['0', '1']);
    answers[0]?.resolve(undefined);
    await settle();
    expect(begun).toEqual(['0', '1']);
    answers[1]?.resolve(undefined);
    await settle();
    void sink(d ?? emissionOf(), callOf());
    expect(begun).toEqual(['0', '1', '2']);
  });

  test('asManyAsItTakes() - lets go at once of what waits for a place and is waited for no more', async () => {
    const sink = asManyAsItTakes(() => waiting<undefined>().promise, 3);
    const over = new AbortController();
    void sink(emissionOf(), callOf());
    const outcome = sink(emissionOf(), callOf(over.signal));
    over.abort(new Error('over'));
    await expect(outcome).rejects.toThrow('over');
    await expect(sink(emissionOf(), callOf(over.signal))).rejects.toThrow('over');
  });

  test('asManyAsItTakes() - begins nothing that waits when all are aborted one after the other', async () => {
    const controllers = numbered(3).map(() => new AbortController());
    let calls = 0;
    const sink = asManyAsItTakes(() => {
      calls++;
      return waiting<undefined>().promise;
    }, 3);
    const outcomes = controllers.map(async ({ signal }) => sink(emissionOf(), callOf(signal)));
    for (const one of controllers) one.abort(new Error('the box is shut down'));
    await Promise.allSettled(outcomes.slice(1));
    await settle();
    expect(calls).toBe(1);
  });

  test('asManyAsItTakes() - begins tens of thousands that are answered at once, without a stack as deep', async () => {
    const first = waiting<undefined>();
    let calls = 0;
    const sink = asManyAsItTakes(() => (calls++ === 0 ? first.promise : undefined), 100_000);
    const all = Array.from({ length: 50_000 }, async () => sink(emissionOf(), callOf()));
    first.resolve(undefined);
    await Promise.all(all);
    expect(calls).toBe(50_000);
  });
});
