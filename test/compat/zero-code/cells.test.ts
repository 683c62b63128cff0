import { describe, expect, test } from 'vitest';
import { pairsOf } from '../matrix/pairwise.js';
import { ALL_ZERO_CODE, DIMENSIONS, preloads, ZERO_CODE } from './cells.js';

describe('the apps that are observed without a change', () => {
  test('apps - are there for each way on each Node in each format, and have every pair of values', () => {
    const seeds = ZERO_CODE.map(({ way, node, format }) => `${way} ${node} ${format}`);
    const { way, node, format } = DIMENSIONS;
    expect(new Set(seeds).size).toBe(way.length * node.length * format.length);
    const pairs = new Set(ZERO_CODE.flatMap(pairsOf));
    expect(ALL_ZERO_CODE.flatMap(pairsOf).filter((pair) => !pairs.has(pair))).toEqual([]);
  });

  test('preloads() - are signalbox/register as it is documented, behind the SDK of the app', () => {
    expect(preloads({ way: 'import', format: 'esm', node: '22', engine: 'bullmq' })).toEqual([
      '--import',
      './zero-code/sdk.mjs',
      '--import',
      'signalbox/register',
    ]);
    expect(preloads({ way: 'require', format: 'cjs', node: '22', engine: 'bullmq' })).toEqual([
      '--require',
      './zero-code/sdk.cjs',
      '--require',
      'signalbox/register',
    ]);
  });
});
