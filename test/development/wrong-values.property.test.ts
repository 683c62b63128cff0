import fc from 'fast-check';
import type { AnySignal } from 'signalbox';
import { defineSignal, field } from 'signalbox';
import { expect, test } from 'vitest';
import { faultsOf } from '../../src/development/wrong-values.js';
import { compileSchema } from '../../src/emission/compiled-signal.js';
import { takeSnapshot } from '../../src/emission/read-values.js';
import { noValueCounts } from '../../src/emission/value.js';
import { isMoment } from '../../src/emission/wire-range.js';
import { levels } from '../../src/signal/level.js';

const KINDS = {
  string: field.string(),
  id: field.id(),
  text: field.text(),
  oneOf: field.oneOf(['a', 'b']),
  boolean: field.boolean(),
  number: field.number(),
  int: field.int(),
  duration: field.duration(),
  moment: field.time(),
  failure: field.error(),
  list: field.list(),
  json: field.json(),
  optional: field.optional(field.int()),
};
const SIGNAL = defineSignal('FAULTS_OF', { fields: KINDS }) as AnySignal;

const value = fc.oneof(
  fc.constantFrom<unknown>(
    'a',
    'b',
    'c',
    true,
    1,
    1.5,
    Number.NaN,
    2 ** 63,
    -(2 ** 63),
    2 ** 62,
    1e300,
    null,
    undefined,
  ),
  fc.constantFrom<unknown>(
    new Date(0),
    new Date(Number.NaN),
    new Error('no'),
    () => 1,
    Symbol('s'),
    3n,
    8.64e15,
    9e15,
  ),
  fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 3 }),
  fc.string(),
  fc.double(),
  fc.object(),
);

test('faultsOf() - finds a fault of a field if, and only if, its value is counted as wrong when it is emitted', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...Object.keys(KINDS), 'undeclared', 'toString'), value),
      (given) => {
        const schema = compileSchema(SIGNAL);
        for (const name of [...Object.keys(KINDS), 'undeclared', 'toString']) {
          const right = {
            string: 's',
            id: 'i',
            text: 't',
            oneOf: 'a',
            boolean: true,
            number: 1,
            int: 1,
            duration: 1,
            moment: 0,
            failure: 'e',
            list: [],
            json: {},
          };
          const values = Object.hasOwn(given, name) ? { ...right, [name]: given[name] } : right;
          const counts = noValueCounts();
          takeSnapshot(schema, 'info', undefined, values, { stringLength: 4096 }, counts);
          const isWrong = counts.wrongType + counts.undeclared + counts.outOfRange > 0;
          const faults = faultsOf(SIGNAL, values, undefined);
          const named = faults.filter(({ key }) => key === `FAULTS_OF.${name}`);
          expect({ name, faults: named.length, isWrong }).toEqual({ name, faults: isWrong ? 1 : 0, isWrong });
          // Where nothing is to blame any more, it is said to have changed.
          if (!isWrong) expect(faults.map(({ key }) => key)).toEqual(['FAULTS_OF values']);
        }
      },
    ),
  );
});

const INFO = levels.info as AnySignal;

test('faultsOf() - finds a fault of a plain record if, and only if, one is counted as wrong when it is emitted', () => {
  const names = fc.constantFrom('a', 'b', '', '__proto__', 'error');
  const fields = fc.oneof(
    fc.array(fc.tuple(names, value), { maxLength: 3 }).map((entries) => {
      const given = {};
      for (const [name, one] of entries)
        Object.defineProperty(given, name, {
          value: one,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      return given;
    }),
    fc.constantFrom<unknown>(undefined, null, 'text', 3, [1], new Uint8Array(4), new Error('no')),
  );
  const messages = fc.constantFrom<unknown>('text', undefined, 3, new Error('first'));
  fc.assert(
    fc.property(messages, fields, (message, given) => {
      const counts = noValueCounts();
      const rules = { stringLength: 4096 };
      takeSnapshot(compileSchema(INFO), 'info', message, given as object, rules, counts);
      const isWrong = counts.wrongType + counts.undeclared + counts.outOfRange > 0;
      const keys = faultsOf(INFO, given, { message }).map(({ key }) => key);
      expect({ keys, isFound: keys[0] !== 'INFO values' }).toEqual({ keys, isFound: isWrong });
    }),
  );
});

test('faultsOf() - finds a time wrong if, and only if, the wire can not carry it', () => {
  const times = fc.oneof(
    fc.double(),
    fc.constantFrom<unknown>(0, -1, 1e12, 18_446_744_073_709, 18_446_744_073_710, '2026', new Date(0), null),
  );
  fc.assert(
    fc.property(times, (timestamp) => {
      const keys = faultsOf(INFO, undefined, { message: 'text', timestamp }).map(({ key }) => key);
      expect(keys).toEqual([isMoment(timestamp) ? 'INFO values' : 'INFO timestamp']);
    }),
  );
});
