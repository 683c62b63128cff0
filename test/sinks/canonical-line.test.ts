import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/audit/canonical-json.js';
import type { LeavingValues } from '../../src/emission/emission.js';
import { duration, error, id } from '../../src/signal/field.js';
import { levels } from '../../src/signal/level.js';
import { defineSignal } from '../../src/signal/signal.js';
import { canonicalLine } from '../../src/sinks/canonical-line.js';
import { jsonLine } from '../../src/sinks/json-line.js';
import { emissionOf } from '../delivery/helpers.js';

const FAILED = defineSignal('CANONICAL_FAILED', {
  severity: 'error',
  fields: { job_id: id(), ran: duration(), cause: error() },
});

describe('canonicalLine()', () => {
  test('canonicalLine() - is the canonical form of the JSON line, whatever the fields are', () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('time', 'time_', 'message', 'span_id', '__proto__', '0', '17', 'a', 'a!', '\u2028'),
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.boolean(),
      fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.dictionary(key, value, { noNullPrototype: false }), fc.boolean(), (fields, stacks) => {
        const emission = emissionOf(levels.info, fields, { message: 'Done', traceId: 'b', spanId: 'a' });
        const line = canonicalLine(emission, stacks);
        expect(line).toBe(canonicalJson(JSON.parse(jsonLine(emission, { stack: stacks }))));
      }),
      { numRuns: 500 },
    );
  });

  test.each([true, false])(
    'canonicalLine() - tells durations and errors as the JSON line does, stacks: %s',
    (stack) => {
      const fields: LeavingValues = { job_id: 'j', ran: 83, cause: 'timed out', cause_type: 'mine' };
      const errors = {
        cause: { type: 'ETIMEDOUT', message: 'timed out', stack: 'Error: timed out\n  at here' },
      };
      const emission = emissionOf(FAILED, fields, { errors });
      const line = canonicalLine(emission, stack);
      expect(line).toBe(canonicalJson(JSON.parse(jsonLine(emission, { stack }))));
      expect(JSON.parse(line)).toMatchObject({ ran: '0.083s', cause_type: 'mine', cause_type_: 'ETIMEDOUT' });
      expect('cause_stack' in JSON.parse(line)).toBe(stack);
    },
  );

  test('canonicalLine() - refuses half a surrogate pair, as canonical JSON does', () => {
    expect(() => canonicalLine(emissionOf(levels.info, { name: '\ud800' }), true)).toThrow(/surrogate/);
  });
});
