import { expect, test } from 'vitest';
import { CollectedLoad } from '../../src/sdk/metric-batch.js';

test('what an exporter of metrics is given - is a copy of plain data; bytes stay what they are', () => {
  const raw = new Uint8Array([1, 2]);
  const attributes = { raw, list: ['a'] };
  const metric = { descriptor: { name: 'm' }, dataPoints: [{ attributes, value: 1 }] };
  const load = CollectedLoad.of({
    resource: {},
    scopeMetrics: [{ scope: { name: 's' }, metrics: [metric] }],
  });
  const points = load.collected().scopeMetrics.flatMap(({ metrics }) => metrics.flatMap((m) => m.dataPoints));
  const [point] = points as [(typeof metric.dataPoints)[0]];
  expect(point).toEqual({ attributes, value: 1 });
  expect(point.attributes.raw).toBe(raw);
  expect(point.attributes.list).not.toBe(attributes.list);
});
