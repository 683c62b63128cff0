import { combinations, pairwise } from '../matrix/pairwise.js';

/** What the apps differ in that are observed without a change, all on OpenTelemetry 3.x. */
export const DIMENSIONS = {
  engine: ['bullmq', 'pg-boss'],
  way: ['instrumentations', 'import', 'require'],
  node: ['22', '24', '26'],
  format: ['esm', 'cjs'],
} as const;

/** One app. */
export type ZeroCodeCell = { readonly [D in keyof typeof DIMENSIONS]: (typeof DIMENSIONS)[D][number] };

/** Every app that there can be. */
export const ALL_ZERO_CODE: readonly ZeroCodeCell[] = combinations(DIMENSIONS);

const { way, node, format } = DIMENSIONS;

/** One for each way on each Node in each format, and each engine with every value of these. */
export const ZERO_CODE: readonly ZeroCodeCell[] = pairwise(
  ALL_ZERO_CODE,
  combinations({ way, node, format }),
);

/** Whether Node warns of the loader hook that the app registers: `module.register()` is deprecated there. */
export function warnsOfHook({ way, node, format }: Omit<ZeroCodeCell, 'engine'>): boolean {
  return way === 'instrumentations' && node === '26' && format === 'esm';
}

/** What stands between `node` and the app's file. */
export function preloads(cell: ZeroCodeCell): readonly string[] {
  const { way, format } = cell;
  const [flag, extension] = format === 'esm' ? ['--import', 'mjs'] : ['--require', 'cjs'];
  return [
    ...(warnsOfHook(cell) ? ['--disable-warning=DEP0205'] : []),
    ...(way === 'instrumentations'
      ? [flag, `./zero-code/instrumentations.${extension}`]
      : [flag, `./zero-code/sdk.${extension}`, `--${way}`, 'signalbox/register']),
  ];
}
