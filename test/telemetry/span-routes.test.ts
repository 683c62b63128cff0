import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SpanContext } from '@opentelemetry/api';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { SpanRoutes } from '../../src/telemetry/span-routes.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function heapUsed(): number {
  // What only a weak map held goes with the second.
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

let n = 0;
function spanContext(): SpanContext {
  n++;
  return { traceId: '1'.repeat(32), spanId: n.toString(16).padStart(16, '0'), traceFlags: 1 };
}

const under = (parent: SpanContext | undefined) =>
  parent ? trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(parent)) : ROOT_CONTEXT;

describe('SpanRoutes', () => {
  test('problemOf() - tells of a destination that gets no spans, until they come', () => {
    const routes = new SpanRoutes(['collector'], undefined, () => undefined);
    expect(routes.problemOf('collector')).toMatch(
      /^spans: 'collector' takes spans, but nothing hands them over; start the SDK by nodeSdk/,
    );
    routes.install();
    expect(routes.problemOf('collector')).toBeUndefined();
  });

  test.each([
    ['when its parent has ended', 1],
    ['before its parent ends', 2],
    ['before its grandparent ends', 3],
    ['before two of its grandparents end', 4],
  ])('started() - a loop in which each span starts %s keeps none of them', (_, open) => {
    const routes = new SpanRoutes(['collector'], undefined, () => undefined);
    routes.install();
    const living: SpanContext[] = [];
    let last: SpanContext | undefined;
    const step = (): void => {
      const next = spanContext();
      if (living.length === open) routes.ended(living.shift() as SpanContext);
      routes.started(next, under(last));
      living.push(next);
      last = next;
    };
    for (let i = 0; i < 20_000; i++) step();
    const before = heapUsed();
    for (let i = 0; i < 200_000; i++) step();
    // A chain of them would be more than 10 MB.
    expect(heapUsed() - before).toBeLessThan(5_000_000);
  });

  test('mark() - passes over ancestors that have ended, to those that are open', () => {
    const routes = new SpanRoutes(['collector'], undefined, () => undefined);
    routes.install();
    const [top, middle, bottom] = [spanContext(), spanContext(), spanContext()];
    routes.started(top, under(undefined));
    routes.started(middle, under(top));
    expect(routes.ended(middle)).toEqual([]);
    routes.started(bottom, under(middle));
    routes.mark(bottom, routes.maskOf(['collector']));
    expect(routes.ended(bottom)).toEqual(['collector']);
    expect(routes.ended(top)).toEqual(['collector']);
  });
});
