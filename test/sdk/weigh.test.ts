import { expect, test } from 'vitest';
import { weightOfRecord, weightOfSpan } from '../../src/sdk/weigh.js';

const LARGE = 'x'.repeat(1_000_000);

test.each<[string, object]>([
  ['an object within the body', { attributes: {}, body: { request: { body: LARGE } } }],
  ['an object within an attribute', { attributes: { request: { headers: [{ cookie: LARGE }] } } }],
  ['bytes', { attributes: { raw: new Uint8Array(1_000_000) } }],
])('a log record of the app - weighs what is in it: %s', (_, record) => {
  expect(weightOfRecord(record)).toBeGreaterThan(1_000_000);
  expect(weightOfRecord(record)).toBeLessThan(1_010_000);
});

test.each<[string, object]>([
  ['its name', { name: LARGE, attributes: {} }],
  ['the message of its status', { name: 'a', status: { code: 2, message: LARGE }, attributes: {} }],
])('a span of the app - weighs what is in it: %s', (_, span) => {
  expect(weightOfSpan(span)).toBeGreaterThan(1_000_000);
});

test('a circle of wide objects - is weighed in bounded time', () => {
  const body: Record<string, unknown> = {};
  for (let i = 0; i < 1000; i++) body[`part${i}`] = body;
  const start = performance.now();
  expect(weightOfRecord({ body })).toBeGreaterThan(1000);
  expect(performance.now() - start).toBeLessThan(1000);
});
