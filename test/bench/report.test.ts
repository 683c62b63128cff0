import { describe, expect, test } from 'vitest';
import { isMet, mustOf, slowerOnNode24 } from '../../bench/report/bound.js';
import { merged } from '../../bench/report/readme.js';
import type { Result } from '../../bench/report/result.js';
import { jsonOf, resultOf } from '../../bench/report/result.js';
import { reportOf } from '../../bench/report/table.js';
import type { Row } from '../../bench/rows/row.js';

const measure = async (): Promise<never> => {
  throw new Error('nothing is measured here');
};
const fanout: Row = {
  ...{
    id: 'fanout',
    what: 'ours against theirs',
    unit: 'ratio',
    must: 0.95,
    mustOnNode24: 1.1,
    aim: 0.8,
    measure,
  },
};
const rate: Row = { id: 'rate', what: 'records', unit: 'count', must: 1000, bound: 'least', measure };
const free: Row = { id: 'free', what: 'what is told alone', unit: 'ns', ours: true, measure };

const node20 = { node: '20.20.2', sdk: '2.12.0', program: 'node', child: 'child.js' };
const node24 = { node: '24.21.0', sdk: '3.1.1', program: 'node', child: 'child.js' };
const figures = { value: 1.0456, low: 0.9, high: 1.2, against: 'theirs' };

const of = (row: Row, platform: typeof node20, more: object = {}): Result =>
  resultOf(row, platform, { ...figures, ...more }, 'today');

describe('bounds of rows', () => {
  test('mustOf() - on Node 24 it is the one of Node 24, where there is one', () => {
    expect([mustOf(fanout, '20.20.2'), mustOf(fanout, '24.21.0')]).toEqual([0.95, 1.1]);
    expect([mustOf(rate, '24.21.0'), mustOf(free, '20.20.2')]).toEqual([1000, undefined]);
  });

  test('isMet() - less is better unless the row says otherwise; where nothing is asked there is no answer', () => {
    expect(isMet(fanout, of(fanout, node20))).toBe(false);
    expect(isMet(fanout, of(fanout, node24))).toBe(true);
    expect(isMet(rate, of(rate, node20, { value: 999 }))).toBe(false);
    expect(isMet(rate, of(rate, node20, { value: 1000 }))).toBe(true);
    expect(isMet(free, of(free, node20))).toBeUndefined();
  });

  test('slowerOnNode24() - names a row that is ours alone and takes more than a tenth more time there', () => {
    const pair = (nanos: number): Result[] => [of(free, node20, { nanos: 100 }), of(free, node24, { nanos })];
    expect(slowerOnNode24(free, pair(111))).toBe('free takes 111 ns on Node 24, 100 ns on Node 20.');
    expect(slowerOnNode24(free, pair(109))).toBeUndefined();
    expect(slowerOnNode24(fanout, pair(500))).toBeUndefined();
  });
});

describe('the report', () => {
  test('reportOf() - puts the figures of each Node beside those of the other, with the bound and whether it is met', () => {
    const results = [
      of(fanout, node20, { bytes: 6873.4, nanos: 4150, notes: ['theirs: 1.00'] }),
      of(fanout, node24, { nanos: 3000, notes: ['theirs: 1.00'] }),
    ];
    expect(reportOf([fanout], results)).toBe(
      [
        '| row    | unit  | Node 20.20.2, SDK 2.12.0 |   10–90 % |     must |    ns | bytes | Node 24.21.0, SDK 3.1.1 |   10–90 % |     must |    ns | bytes |  aim | against |',
        '|--------|-------|-------------------------:|----------:|---------:|------:|------:|------------------------:|----------:|---------:|------:|------:|-----:|---------|',
        '| fanout | ratio |                     1.05 | 0.90–1.20 | ≤ 0.95 ✗ | 4,150 | 6,873 |                    1.05 | 0.90–1.20 | ≤ 1.10 ✓ | 3,000 |       | 0.80 | theirs  |',
        '',
        '**fanout**: ours against theirs. At most 0.95, on Node 24 1.10.',
        '',
        '- Node 20.20.2: theirs: 1.00',
        '- Node 24.21.0: theirs: 1.00',
        '',
      ].join('\n'),
    );
  });

  test('reportOf() - a figure that was taken once has no spread, and a row with no figures has none in its line', () => {
    const once = of(rate, node20, { value: 1200, low: 1200, high: 1200, against: '' });
    const lines = reportOf([rate, free], [once]).split('\n');
    expect(lines[2]?.split('|').map((cell) => cell.trim())).toEqual([
      ...['', 'rate', 'count', '1,200', '', '≥ 1,000 ✓', '', '', '', '', ''],
    ]);
    expect(lines[3]?.split('|').map((cell) => cell.trim())).toEqual([
      ...['', 'free', 'ns', '', '', '', '', '', '', '', ''],
    ]);
  });

  test('jsonOf() - gives the keys that are promised, in their order, and null where bytes were not counted', () => {
    const text = jsonOf([of(fanout, node20, { nanos: 5, notes: ['x'] }), of(rate, node24, { bytes: 7 })]);
    expect(JSON.parse(text)).toEqual([
      { id: 'fanout', node: '20.20.2', sdk: '2.12.0', unit: 'ratio', ...figures, bytes: null },
      { id: 'rate', node: '24.21.0', sdk: '3.1.1', unit: 'count', ...figures, bytes: 7 },
    ]);
    expect(Object.keys(JSON.parse(text)[0])).toEqual([
      ...['id', 'node', 'sdk', 'unit', 'value', 'low', 'high', 'against', 'bytes'],
    ]);
  });

  test('merged() - new figures take the place of those of the same row on the same Node, in the order of the table', () => {
    const kept = [of(rate, node20, { value: 1 }), of(fanout, node24, { value: 2 }), of(free, node20)];
    const next = of(fanout, { ...node20, node: '20.21.0' }, { value: 3 });
    const again = of(rate, { ...node20, node: '20.21.0' }, { value: 4 });
    const all = merged(kept, [again, next], ['fanout', 'rate']);
    expect(all.map(({ id, node, value }) => [id, node, value])).toEqual([
      ['fanout', '20.21.0', 3],
      ['fanout', '24.21.0', 2],
      ['rate', '20.21.0', 4],
    ]);
  });
});
