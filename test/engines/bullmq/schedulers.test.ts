import { context, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();

describe('upsertJobScheduler()', () => {
  test('ticks grow no trace: each is one of its own, apart from that of who made the schedule', async () => {
    const queue = rig.queue();
    rig.worker(async () => undefined);
    const outer = rig.otel.tracerProvider.getTracer('app').startSpan('outer');
    const scheduled = trace.setSpan(context.active(), outer);
    await context.with(scheduled, () =>
      queue.upsertJobScheduler('ticks', { every: 60, limit: 3 }, { name: 'welcome', data: SECRET }),
    );
    outer.end();
    await rig.told('job.completed', 3);
    const spans = rig.attempts();
    const traces = new Set([...spans, outer].map((span) => span.spanContext().traceId));
    expect(traces.size).toBe(4);
    expect(spans.every(({ parentSpanContext, links }) => !parentSpanContext && links.length === 0)).toBe(
      true,
    );
    expect(rig.enqueues()).toEqual([]);
    expect(rig.records('job.queued')).toEqual([]);
  });

  test("a tick's wait and turnaround are from its own time, not from that of the tick before", async () => {
    const queue = rig.queue();
    rig.worker(async () => undefined);
    await queue.upsertJobScheduler('ticks', { every: 400, limit: 2 }, { name: 'welcome', data: SECRET });
    await rig.told('job.completed', 2);
    for (const record of rig.records('job.started'))
      expect(record['job.wait.duration'] ?? 0).toBeLessThan(0.3);
    for (const record of rig.records('job.completed'))
      expect(record['job.turnaround.duration'] ?? 0).toBeLessThan(0.3);
  });

  test('a carrier that came into a template by other means is linked, never a parent', async () => {
    const queue = rig.queue();
    rig.worker(async () => undefined);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const template = {
      name: 'welcome',
      data: SECRET,
      opts: { telemetry: { metadata: JSON.stringify({ traceparent }) } },
    };
    await queue.upsertJobScheduler('ticks', { every: 60, limit: 2 }, template);
    await rig.told('job.completed', 2);
    for (const span of rig.attempts()) {
      expect(span.parentSpanContext).toBeUndefined();
      expect(span.links).toMatchObject([
        { context: { spanId: 'b7ad6b7169203331' }, attributes: { 'link.reason': 'enqueued_by' } },
      ]);
    }
  });
});
