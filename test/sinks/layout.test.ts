import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Part } from '../../src/sinks/layout.js';
import { broken, fitting, lengthOf } from '../../src/sinks/layout.js';

const INDENT = 4;

/** What the layout says of itself, in the plainest way: each line is measured anew for each part. */
function plainlyBroken(parts: readonly Part[], width: number): Part[][] {
  const indentation: Part = { text: ' '.repeat(INDENT), style: 'plain', gap: 0 };
  let line: Part[] = [];
  const lines = [line];
  for (const part of parts) {
    const column = lengthOf(line);
    if (column > INDENT && column + part.gap + part.text.trimEnd().length > width) {
      line = [indentation, { ...part, gap: 0 }];
      lines.push(line);
    } else line.push(part);
  }
  return lines;
}

function plainlyFitting(parts: readonly Part[], room: number): readonly Part[] {
  if (parts.length === 0 || lengthOf(parts) <= room) return parts;
  const more: Part = { text: '…', style: 'dim', gap: 1 };
  let kept = parts.length - 1;
  while (kept > 0 && lengthOf(parts.slice(0, kept)) + lengthOf([more]) > room) kept--;
  return [...parts.slice(0, kept), kept === 0 ? { ...more, gap: 2 } : more];
}

/** Parts that count how often their text is looked at. */
function counting(n: number): { parts: Part[]; looks: () => number } {
  let looks = 0;
  const parts = Array.from({ length: n }, (): Part => {
    const part = { style: 'plain', gap: 1 } as const;
    return Object.defineProperty({ ...part, text: '' }, 'text', {
      enumerable: true,
      get: () => {
        looks++;
        return 'word';
      },
    });
  });
  return { parts, looks: () => looks };
}

const anyParts = fc.array(
  fc.record({
    text: fc.stringMatching(/^[a-z]{0,12} {0,3}$/),
    style: fc.constant('plain' as const),
    gap: fc.constantFrom(0 as const, 1 as const, 2 as const),
  }),
  { maxLength: 30 },
);

describe('layout', () => {
  test('broken() - gives the lines that measuring each of them anew gives', () => {
    fc.assert(
      fc.property(anyParts, fc.integer({ min: 0, max: 90 }), (parts, width) => {
        expect(broken(parts, width, INDENT)).toEqual(plainlyBroken(parts, width));
      }),
    );
  });

  test('fitting() - keeps the parts that measuring each run of them anew keeps', () => {
    fc.assert(
      fc.property(anyParts, fc.integer({ min: -5, max: 90 }), (parts, room) => {
        expect(fitting(parts, room)).toEqual(plainlyFitting(parts, room));
      }),
    );
  });

  test.each([80, Number.POSITIVE_INFINITY])(
    'broken() - looks at each part a few times however many there are, at width %s',
    (width) => {
      const { parts, looks } = counting(4_000);
      broken(parts, width, INDENT);
      expect(looks()).toBeLessThanOrEqual(4 * parts.length);
    },
  );

  test('fitting() - looks at each part once however many there are', () => {
    const { parts, looks } = counting(4_000);
    fitting(parts, 4_000 * 5 - 1);
    expect(looks()).toBeLessThanOrEqual(parts.length + 1);
  });
});
