import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareGate, TOLERANCE, withFigures } from '../../bench/gate.js';

const KEPT = { 20: { 'fanout-sdk': { bytes: 5000 }, unrouted: { bytes: 68 } } };

describe('the gate of counts', () => {
  test('compareGate() - a row that allocates more than is allowed is named, with what it was and what it is', () => {
    expect(compareGate(KEPT, 20, new Map([['fanout-sdk', 5500]]))).toEqual({
      grown: [
        'fanout-sdk allocates 5,500 bytes an operation; before it was 5,000 bytes an operation, and 5 % more is allowed. Find what allocates, or keep the figure with `npm run bench -- --gate --write fanout-sdk` and say why.',
      ],
      advice: [],
    });
  });

  test('compareGate() - stays open for whatever differs by no more than is allowed, and shuts for whatever does', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (factor) => {
        const { grown, advice } = compareGate(KEPT, 20, new Map([['unrouted', 68 * factor]]));
        expect(grown.length).toBe(factor > 1 + TOLERANCE ? 1 : 0);
        expect(advice.length).toBe(factor < 1 - TOLERANCE ? 1 : 0);
      }),
    );
  });

  test('compareGate() - says which figures are to be kept: smaller ones, and those of new rows', () => {
    const { grown, advice } = compareGate(
      KEPT,
      20,
      new Map([
        ['unrouted', 0],
        ['new-row', 12],
      ]),
    );
    expect(grown).toEqual([]);
    expect(advice).toEqual([
      'unrouted allocates 0 bytes an operation, and before 68 bytes an operation: keep it with `npm run bench -- --gate --write`.',
      'new-row is new, with 12 bytes an operation: keep it with `npm run bench -- --gate --write`.',
    ]);
  });

  test('compareGate() - is no gate on a Node that it has no figures of, and says so', () => {
    expect(() => compareGate(KEPT, 24, new Map())).toThrow(
      'bench/gate.json has no figures of Node 24, but of 20.',
    );
  });

  test('withFigures() - keeps what was not counted, and other Nodes; rows that are gone go', () => {
    const kept = { 20: { gone: { bytes: 1 }, b: { bytes: 2 }, a: { bytes: 3 } }, 24: { a: { bytes: 4 } } };
    expect(withFigures(kept, 20, new Map([['a', 5.4]]), ['a', 'b'])).toEqual({
      20: { a: { bytes: 5 }, b: { bytes: 2 } },
      24: { a: { bytes: 4 } },
    });
  });
});
