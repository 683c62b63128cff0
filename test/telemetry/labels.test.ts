import * as fc from 'fast-check';
import { defineSignal, field } from 'signalbox';
import { describe, expect, test } from 'vitest';
import { compileSchema } from '../../src/emission/compiled-signal.js';
import type { Clean } from '../../src/emission/value.js';
import { LabelSets, labelsFor } from '../../src/telemetry/labels.js';
import { OwnTexts } from '../../src/telemetry/own-texts.js';

const SENT = defineSignal('LABELS_SENT', {
  fields: { template: field.string(), urgent: field.boolean(), size: field.int(), to: field.id() },
  metrics: [
    {
      type: 'counter',
      name: 'labels.sent',
      by: ['urgent', 'template'],
      constantLabels: { channel: 'mail', page: 1 },
    },
    { type: 'counter', name: 'labels.plain' },
  ],
});
const schema = compileSchema(SENT);
const [byTemplate, plain] = SENT.metrics.map((metric) => labelsFor(metric, schema));

function setsOf(labels = byTemplate): LabelSets {
  return new LabelSets(labels ?? [], new OwnTexts());
}

test('labelsFor() - finds the constant labels of a signal that a copy of release 0.1 has defined', () => {
  const metric = { type: 'counter', name: 'labels.old', labels: { channel: 'mail' } } as const;
  expect(setsOf(labelsFor(metric, schema)).of(['welcome', true, 3, 'ann'])).toEqual({ channel: 'mail' });
});

describe('LabelSets', () => {
  test('of() - has the fields that are there and the constants, and nothing else', () => {
    expect(setsOf().of(['welcome', true, 3, 'ann'])).toEqual({
      channel: 'mail',
      page: 1,
      template: 'welcome',
      urgent: true,
    });
    expect(setsOf().of([undefined, false, 3, 'ann'])).toEqual({ channel: 'mail', page: 1, urgent: false });
    expect(setsOf(plain).of(['welcome', true, 3, 'ann'])).toEqual({});
  });

  test('of() - gives the same frozen object for the same values, and another for others', () => {
    const value: fc.Arbitrary<Clean> = fc.constantFrom('a', 'b', 'true', '1', undefined);
    const urgent: fc.Arbitrary<Clean> = fc.constantFrom(true, false, undefined);
    const sets = setsOf();
    const known = new Map<string, object>();
    fc.assert(
      fc.property(value, urgent, fc.nat(), (template, isUrgent, size) => {
        const labels = sets.of([template, isUrgent, size, `${size}`]);
        const key = JSON.stringify([template ?? 0, isUrgent ?? 0]);
        expect(labels).toBe(known.get(key) ?? labels);
        expect(Object.isFrozen(labels)).toBe(true);
        expect(labels).toEqual({
          channel: 'mail',
          page: 1,
          ...(template === undefined ? {} : { template }),
          ...(isUrgent === undefined ? {} : { urgent: isUrgent }),
        });
        known.set(key, labels);
      }),
    );
    expect(new Set(known.values()).size).toBe(known.size);
  });

  test('of() - keeps 2,000 sets, and makes others anew each time', () => {
    const sets = setsOf();
    const of = (n: number) => sets.of([`template-${n}`, true, 0, '']);
    const first = Array.from({ length: 2000 }, (_, n) => of(n));
    expect(of(2000)).toEqual({ channel: 'mail', page: 1, template: 'template-2000', urgent: true });
    expect(of(2000)).not.toBe(of(2000));
    expect(Object.isFrozen(of(2000))).toBe(false);
    expect(first.every((labels, n) => of(n) === labels)).toBe(true);
  });
});
