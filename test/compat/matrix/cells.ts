import { combinations, pairwise } from './pairwise.js';

/** What the cells of the matrix differ in. */
export const DIMENSIONS = {
  /** Major version of Node. */
  node: ['20', '22', '24', '26'],
  /** Major version of the OpenTelemetry SDK. */
  line: ['2', '3'],
  /** How the app loads signalbox and OpenTelemetry. */
  format: ['esm', 'cjs'],
  /** When the SDK starts, as the box sees it. `replaced`: before it, shut down in between, and started anew. */
  sdk: ['before', 'after', 'never', 'replaced'],
  /** What starts it. */
  start: ['node-sdk', 'register', 'by-hand', 'configuration-file'],
} as const;

/** One app. */
export type Cell = { readonly [D in keyof typeof DIMENSIONS]: (typeof DIMENSIONS)[D][number] };

/** Values that do not go together. */
export const IMPOSSIBLE: readonly { readonly values: Partial<Cell>; readonly why: string }[] = [
  { values: { node: '20', line: '3' }, why: 'OpenTelemetry SDK 3.x needs Node 22.15 or newer' },
];

function isPossible(cell: Cell): boolean {
  return !IMPOSSIBLE.some(({ values }) =>
    Object.entries(values).every(([name, value]) => cell[name as keyof Cell] === value),
  );
}

/** Every app that there can be. */
export const ALL: readonly Cell[] = combinations(DIMENSIONS).filter(isPossible);

const { start, line, sdk } = DIMENSIONS;

/** Every life cycle: each way to start the SDK and each time, on both lines. */
export const LIFE_CYCLES: readonly Pick<Cell, 'start' | 'line' | 'sdk'>[] = combinations({
  start,
  sdk,
  line,
});

/** The cells of the matrix: one for each life cycle, and every pair of values. */
export const CELLS: readonly Cell[] = pairwise(ALL, LIFE_CYCLES);
