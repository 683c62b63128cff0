import { describe, expect, test, vi } from 'vitest';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import { filtered } from '../../../src/sinks/modifiers/filtered.js';
import { callOf, numbered, TICKED } from '../../delivery/helpers.js';

describe('filtered()', () => {
  test('filtered() - gives on what passes, with the call, and gives back the answer', () => {
    const sink = vi.fn(() => ({ dropped: 'inner' }));
    const call = callOf();
    const [first, second] = numbered(2);
    const odd = filtered(sink, ({ message }) => Number(message) % 2 === 1);
    expect(first && odd(first, call)).toEqual({ dropped: 'filtered' });
    expect(second && odd(second, call)).toEqual({ dropped: 'inner' });
    expect(sink.mock.calls).toEqual([[second, call]]);
  });

  test('filtered() - throws what its test throws: the emission has failed', () => {
    const sink = vi.fn();
    const broken = filtered(sink, () => {
      throw new Error('no such field');
    });
    expect(() => broken({ ...numbered(1)[0], definition: TICKED } as never, callOf())).toThrow(
      'no such field',
    );
    expect(sink).not.toHaveBeenCalled();
  });

  test('filtered() - refuses what is no sink and no test', () => {
    expect(() => filtered({} as SinkFunction, () => true)).toThrow(SignalboxError);
    expect(() => filtered({} as SinkFunction, () => true)).toThrow(
      'filtered: the sink is a value of type object.',
    );
    expect(() => filtered(() => {}, 'error' as never)).toThrow(
      "filtered: the test is 'error'. Give a function",
    );
  });
});
