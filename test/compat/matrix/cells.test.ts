import { describe, expect, test } from 'vitest';
import { ALL, CELLS, DIMENSIONS, LIFE_CYCLES } from './cells.js';

/** Every two values of two dimensions, by hand: not as the cells are chosen. */
function everyPair(): { readonly pair: readonly [string, string][]; readonly name: string }[] {
  const values = Object.entries(DIMENSIONS).flatMap(([name, all]) =>
    all.map((value): [string, string] => [name, value]),
  );
  return values.flatMap((one) =>
    values
      .filter(([name]) => name > one[0])
      .map((other) => ({ pair: [one, other], name: `${one.join(' ')}, ${other.join(' ')}` })),
  );
}

describe('the cells of the matrix', () => {
  test('cells - have every pair of values, but OpenTelemetry 3.x on Node 20', () => {
    const pairs = everyPair();
    expect(pairs).toHaveLength(100);
    const missing = pairs.filter(
      ({ pair }) =>
        !CELLS.some((cell) => pair.every(([name, value]) => cell[name as keyof typeof cell] === value)),
    );
    expect(missing.map(({ name }) => name)).toEqual(['line 3, node 20']);
  });

  test('cells - have every life cycle of every start on both lines', () => {
    const missing = DIMENSIONS.line.flatMap((line) =>
      DIMENSIONS.sdk.flatMap((sdk) =>
        DIMENSIONS.start.flatMap((start) =>
          CELLS.some((cell) => cell.line === line && cell.sdk === sdk && cell.start === start)
            ? []
            : [`${line} ${sdk} ${start}`],
        ),
      ),
    );
    expect(missing).toEqual([]);
    expect(LIFE_CYCLES).toHaveLength(32);
  });

  test('cells - are apps that there can be, each once', () => {
    for (const cell of CELLS) expect(ALL).toContainEqual(cell);
    expect(new Set(CELLS.map((cell) => JSON.stringify(cell))).size).toBe(CELLS.length);
    expect(ALL).toHaveLength(7 * 2 * 4 * 4);
  });
});
