import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOtlpEndpoint } from '../support/otlp-endpoint.js';
import type { Received } from '../support/otlp-model.js';
import { readOtlp } from '../support/otlp-model.js';
import { MAIL_WORKER, playShop, SHOP } from '../support/shop.js';
import type { Redis } from './support/redis.js';
import { startRedis } from './support/redis.js';

const ORDERS = 4;
const SERVER = 2;
const CONSUMER = 5;
const ERROR = 2;

/** What was sent while the shop and its mail worker were played. */
async function play(folder: 'before' | 'after', redis: string): Promise<Received> {
  const endpoint = await startOtlpEndpoint();
  try {
    await playShop(folder, { redis, otlp: endpoint.url, orders: ORDERS, sends: ORDERS + 1 });
    return readOtlp(endpoint.requests);
  } finally {
    await endpoint.close();
  }
}

const others = ({ scope }: { scope: string | undefined }): boolean => scope !== 'signalbox';

describe('the shop that has OpenTelemetry already', () => {
  let redis: Redis;
  let before: Received;
  let after: Received;
  beforeAll(async () => {
    redis = await startRedis();
    before = await play('before', redis.url);
    after = await play('after', redis.url);
  }, 90_000);
  afterAll(() => redis?.stop());

  test('drop-in - before, a mail that failed is nowhere to be seen', () => {
    expect(before.spans.filter(({ kind }) => kind === CONSUMER)).toEqual([]);
    expect(before.spans.filter(({ status }) => status === ERROR)).toEqual([]);
    const sends = before.logs.filter(({ body }) => body === 'sends a mail');
    expect(sends).toHaveLength(ORDERS + 1);
    expect(sends.filter(({ traceId }) => traceId)).toEqual([]);
  });

  test("drop-in - after, the app's own telemetry is what it was", () => {
    for (const kind of [SERVER]) {
      const names = (all: Received): string[] =>
        all.spans.filter((span) => span.kind === kind && others(span)).map(({ name }) => name);
      expect(names(after)).toEqual(names(before));
      expect(names(after)).toHaveLength(ORDERS);
    }
    const lines = (all: Received): unknown[] =>
      all.logs
        .filter(others)
        .map(({ body }) => body)
        .sort();
    expect(lines(after)).toEqual(lines(before));
    const metrics = (all: Received): string[] => [
      ...new Set(all.series.filter(others).map(({ metric }) => metric)),
    ];
    expect(metrics(after)).toEqual(expect.arrayContaining(['http.server.request.duration']));
  });

  test('drop-in - after, each order is one trace from the request to the mail', () => {
    const requests = after.spans.filter((span) => span.kind === SERVER);
    for (const { traceId, spanId } of requests) {
      const enqueue = after.spans.find((span) => span.name === 'enqueue receipt' && span.traceId === traceId);
      expect(enqueue?.parentSpanId).toBe(spanId);
      const attempts = after.spans.filter(
        (span) => span.name === 'process receipt' && span.traceId === traceId,
      );
      expect(attempts.length).toBeGreaterThan(0);
      for (const attempt of attempts) expect(attempt.parentSpanId).toBe(enqueue?.spanId);
    }
  });

  test('drop-in - after, the trace goes from the service that asks to the one that does', () => {
    const services = (name: string): unknown[] => [
      ...new Set(after.spans.filter((span) => span.name === name).map(({ service }) => service)),
    ];
    expect(services('enqueue receipt')).toEqual([SHOP]);
    expect(services('process receipt')).toEqual([MAIL_WORKER]);
  });

  test('drop-in - after, the mail that failed is red, was tried again, and the second attempt links to the first', () => {
    const attempts = after.spans.filter(({ kind }) => kind === CONSUMER);
    expect(attempts).toHaveLength(ORDERS + 1);
    const [failed, ...more] = attempts.filter(({ status }) => status === ERROR);
    expect(more).toEqual([]);
    expect(failed).toMatchObject({ statusMessage: 'the mail server is down' });
    const second = attempts.find(({ attributes }) => attributes['job.attempt.number'] === 2);
    expect(second?.links).toEqual([expect.objectContaining({ spanId: failed?.spanId })]);
  });

  test("drop-in - after, the handler's own log lines carry the trace of their attempt", () => {
    const attempts = new Set(after.spans.filter(({ kind }) => kind === CONSUMER).map(({ spanId }) => spanId));
    const sends = after.logs.filter(({ body }) => body === 'sends a mail');
    expect(sends.filter(({ spanId }) => !attempts.has(spanId ?? ''))).toEqual([]);
  });

  test('drop-in - after, the numbers of the queue are there', () => {
    const total = (metric: string): number =>
      after.series.filter((one) => one.metric === metric).reduce((sum, { value }) => sum + value, 0);
    expect(total('job.enqueued')).toBe(ORDERS);
    expect(total('job.ended')).toBe(ORDERS);
    expect(total('job.retries')).toBe(1);
  });

  test('drop-in - after, no mail address is in any telemetry of ours', () => {
    const ours = [...after.spans, ...after.logs, ...after.series].filter((item) => !others(item));
    expect(ours.length).toBeGreaterThan(ORDERS);
    expect(JSON.stringify(ours)).not.toContain('ann@example.com');
  });
});
