import type { Emission } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { recorder } from 'signalbox/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { recordDiag, resetOtel } from '../support/otel.js';

afterEach(resetOtel);

const TOLD =
  "signalbox: a level method got its fields before its message; the box swapped them. Give the message first, as in box.info('hello', { a: 1 })";

/** What a level method makes of arguments that plain JavaScript gives it. */
function played(...calls: readonly (readonly unknown[])[]): {
  emissions: readonly Emission[];
  told: string[];
} {
  const told = recordDiag();
  const seen = recorder();
  const box = createSignalbox({ destinations: { seen }, routes: [{ signals: '*', to: 'seen' }] });
  const info = box.info as (...args: readonly unknown[]) => void;
  for (const args of calls) info(...args);
  expect(box.stats().values).toEqual({
    wrongType: 0,
    undeclared: 0,
    unserializable: 0,
    truncated: 0,
    withheld: 0,
    outOfRange: 0,
  });
  return { emissions: seen.emissions(), told };
}

describe('level methods', () => {
  test('info() - takes fields before the message as they were meant, and tells it once', () => {
    const { emissions, told } = played([{ a: 1 }, 'hello'], [{ a: 2 }, 'again']);
    expect(emissions).toMatchObject([
      { message: 'hello', fields: { a: 1 } },
      { message: 'again', fields: { a: 2 } },
    ]);
    expect(told).toEqual([TOLD]);
  });

  test('info() - takes an error before the message, whole', () => {
    const { emissions, told } = played([new RangeError('too far'), 'no crane']);
    expect(emissions).toMatchObject([
      { message: 'no crane', fields: { error: 'too far' }, errors: { error: { type: 'RangeError' } } },
    ]);
    expect(told).toEqual([TOLD]);
  });

  test('info() - takes fields alone, and loses none', () => {
    const { emissions, told } = played([{ a: 1 }]);
    expect(emissions).toMatchObject([{ message: '', fields: { a: 1 } }]);
    expect(told).toEqual([TOLD]);
  });

  test('info() - loses no message that comes second, whatever stands before it, and no fields before what is no message', () => {
    const { emissions, told } = played([null, 'a'], [undefined, 'b'], [{ c: 1 }, null]);
    expect(emissions).toMatchObject([
      { message: 'a', fields: {} },
      { message: 'b', fields: {} },
      { message: '', fields: { c: 1 } },
    ]);
    expect(told).toEqual([TOLD]);
  });

  test('info() - counts what stands before the message and is no fields', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, routes: [{ signals: '*', to: 'seen' }] });
    (box.info as (...args: readonly unknown[]) => void)(42, 'hello');
    expect(seen.emissions()).toMatchObject([{ message: 'hello', fields: {} }]);
    expect(box.stats().values.wrongType).toBe(1);
  });

  test('info() - tells nothing of what is in order', () => {
    const { emissions, told } = played(
      ['hello'],
      ['hello', { a: 1 }],
      [new Error('no')],
      ['no', new Error('x')],
    );
    expect(emissions).toHaveLength(4);
    expect(told).toEqual([]);
  });
});
