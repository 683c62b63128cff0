import type { Received } from '../../support/otlp-model.js';
import { differences } from '../judge/differences.js';
import type { ZeroCodeCell } from './cells.js';
import { EXPECTED } from './expected.js';
import type { ZeroCodePlayed } from './play.js';

/** What is not as it must be of an app: nothing where all is well. */
export function judgeZeroCode(
  { engine, way }: ZeroCodeCell,
  { received, problems, wrong }: ZeroCodePlayed,
): string[] {
  const facts = factsOf(received);
  return [
    ...wrong,
    ...Object.entries(EXPECTED[engine]).flatMap(([part, value]) =>
      differences(part, facts[part as keyof typeof facts], value),
    ),
    // A box that a preload has made is in nobody's hands.
    ...(way === 'instrumentations' ? differences('problems', problems, []) : []),
  ];
}

const SCOPES = new Set(['signalbox', 'app', 'pg-boss']);

/** What arrived, in a form that does not differ from one run to the next. */
export function factsOf({ spans, logs, series }: Received): (typeof EXPECTED)['bullmq'] {
  const looked = spans.filter(({ scope }) => SCOPES.has(scope));
  const byId = new Map(looked.map((span) => [span.spanId, span]));
  return {
    spans: looked
      .map(({ name, parentSpanId = '', events }) => {
        const parent = byId.get(parentSpanId);
        return `${parent ? `${parent.name} > ` : ''}${name}: ${events.map((event) => event.name).join(', ')}`;
      })
      .sort(),
    traces: new Set(looked.map(({ traceId }) => traceId)).size,
    logs: logs
      .filter(({ eventName }) => eventName !== 'worker.busy' && eventName !== 'worker.idle')
      .map(({ eventName, spanId = '' }) => `${eventName} on ${byId.get(spanId)?.name ?? 'no span'}`)
      .sort(),
    metrics: Object.fromEntries(
      Object.keys(EXPECTED.bullmq.metrics).map((name) => [
        name,
        series
          .filter(({ metric }) => metric === name)
          .reduce((sum, { kind, value, count }) => sum + (kind === 'histogram' ? count : value), 0),
      ]),
    ),
  };
}
