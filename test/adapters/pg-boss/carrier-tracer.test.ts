import type { Tracer } from '@opentelemetry/api';
import { SpanKind } from '@opentelemetry/api';
import { createSignalbox } from 'signalbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rest } from '../../../src/adapters/common/claim.js';
import type { Connected } from '../../../src/adapters/pg-boss/connect.js';
import { connect } from '../../../src/adapters/pg-boss/connect.js';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';

let otel: TestOtel;
beforeEach(() => {
  otel = startOtel();
});
afterEach(resetOtel);

/** As pg-boss tells of a send that it makes by itself, for a schedule. */
function tick({ withTelemetry }: Connected): void {
  const { tracerProvider } = withTelemetry('postgres://127.0.0.1/app').openTelemetry ?? {};
  const tracer = tracerProvider?.getTracer('pg-boss') as Tracer;
  const attributes = { 'messaging.operation.name': 'send', 'messaging.destination.name': 'nightly' };
  const span = tracer.startSpan('send nightly', { kind: SpanKind.PRODUCER, attributes });
  span.setAttribute('messaging.message.id', 'job-1').end();
}

describe('a send that pg-boss makes by itself', () => {
  test.each([
    ['by nobody where all are switched off', [true, true], 0],
    ['by the second where the first is switched off', [true, false], 1],
    ['by the first where the second is switched off', [false, true], 1],
    ['once where none is', [false, false], 1],
  ])('is told %s', (_, off, count) => {
    const box = createSignalbox();
    const all = off.map((isOff) => {
      const one = connect('pgBossJobs', box, undefined);
      if (isOff) rest(one.owner, true);
      return one;
    });
    tick(all[1] as Connected);
    expect(otel.spans().map(({ name }) => name)).toEqual(Array(count).fill('enqueue nightly'));
    expect(otel.logs('job.queued')).toHaveLength(count);
  });
});
