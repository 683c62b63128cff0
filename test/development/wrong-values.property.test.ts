import fc from 'fast-check';
import type { AnySignal } from 'signalbox';
import { defineSignal, field } from 'signalbox';
import { expect, test } from 'vitest';
import { faultsOf } from '../../src/development/wrong-values.js';
import { compileSchema } from '../../src/emission/compiled-signal.js';
import { takeSnapshot } from '../../src/emission/read-values.js';
import { noValueCounts } from '../../src/emission/value.js';

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
          const faults = faultsOf(SIGNAL, values, undefined, () => '');
          const named = faults.filter(({ key }) => key === `FAULTS_OF.${name}`);
          expect({ name, faults: named.length, isWrong }).toEqual({ name, faults: isWrong ? 1 : 0, isWrong });
          // Where no field is to blame it is said to be an option.
          if (!isWrong) expect(faults.map(({ key }) => key)).toEqual(['FAULTS_OF options']);
        }
      },
    ),
  );
});
