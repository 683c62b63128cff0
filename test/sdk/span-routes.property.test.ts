import type { Span } from '@opentelemetry/api';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace-base';
import { BasicTracerProvider, SamplingDecision } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { createSignalbox, defineSignal } from 'signalbox';
import { exporters, spanProcessor } from 'signalbox/sdk';
import { describe, expect, test } from 'vitest';
import { KeptSpans } from './helpers.js';

const SIGNALS = {
  A: defineSignal('ROUTED_A'),
  B: defineSignal('ROUTED_B'),
  BOTH: defineSignal('ROUTED_BOTH'),
  LOGS: defineSignal('ROUTED_LOGS'),
} as const;
type SignalName = keyof typeof SIGNALS;
/** Where each signal's spans go by the routes below; the destination of other telemetry gets every sampled span anyway. */
const SPANS_TO: Readonly<Record<SignalName, readonly string[]>> = {
  A: ['a'],
  B: ['b'],
  BOTH: ['a', 'b'],
  LOGS: [],
};

type Step =
  | { readonly do: 'start'; readonly parent: number | 'none' | 'remote'; readonly sampling: SamplingDecision }
  | { readonly do: 'end'; readonly span: number }
  | { readonly do: 'emit'; readonly span: number; readonly signal: SignalName };

const anySpan = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('start' as const),
      parent: fc.oneof(
        { weight: 8, arbitrary: anySpan },
        { weight: 1, arbitrary: fc.constantFrom('none' as const, 'remote' as const) },
      ),
      sampling: fc.oneof(
        { weight: 10, arbitrary: fc.constant(SamplingDecision.RECORD_AND_SAMPLED) },
        { weight: 1, arbitrary: fc.constantFrom(SamplingDecision.RECORD, SamplingDecision.NOT_RECORD) },
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), span: anySpan }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('emit' as const),
      span: anySpan,
      signal: fc.constantFrom(...(Object.keys(SIGNALS) as SignalName[])),
    }),
  },
);

/** One span as the specification sees it: when it began and ended, in steps. */
interface Told {
  readonly name: string;
  readonly parent: Told | undefined;
  readonly sampling: SamplingDecision;
  readonly began: number;
  ended: number;
}

interface Happening {
  readonly on: Told;
  readonly at: number;
  readonly to: readonly string[];
}

/** Local ancestors, the nearest first. A span that is not recorded is nobody's: nothing is known of it. */
function ancestors(span: Told): Told[] {
  const found: Told[] = [];
  for (let up = span.parent; up && up.sampling !== SamplingDecision.NOT_RECORD; up = up.parent)
    found.push(up);
  return found;
}

/** The specification, word by word, over all that happened. */
function belongs(span: Told, destination: string, happenings: readonly Happening[]): boolean {
  if (span.sampling !== SamplingDecision.RECORD_AND_SAMPLED) return false;
  return happenings.some(({ on, at, to }) => {
    if (!to.includes(destination) || on.sampling === SamplingDecision.NOT_RECORD) return false;
    const open = span.ended > at && span.began < at;
    const itself = span === on && open;
    const openAncestor = ancestors(on).includes(span) && open;
    // All between it and the span of the signal began after the signal too, or its parents would be missing there.
    const way = [span, ...ancestors(span)];
    const startedUnder =
      way.includes(on) && span !== on && way.slice(0, way.indexOf(on)).every((s) => s.began > at);
    return itself || openAncestor || startedUnder;
  });
}

const byAttribute: Sampler = {
  shouldSample: (_context, _traceId, _name, _kind, attributes) => ({
    decision: attributes.sampling as SamplingDecision,
  }),
  toString: () => 'by attribute',
};

describe('span routing', () => {
  test('span routing - any spans and signals give each destination exactly the spans that the specification names', async () => {
    let routed = 0;
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (script) => {
        const got = { all: new KeptSpans(), a: new KeptSpans(), b: new KeptSpans() };
        const box = createSignalbox({
          destinations: {
            all: exporters({ spans: got.all }),
            a: exporters({ spans: got.a }),
            b: exporters({ spans: got.b }),
          },
          otherTelemetry: 'all',
          routes: [
            { signals: [SIGNALS.A, SIGNALS.BOTH], to: 'a' },
            { signals: [SIGNALS.B, SIGNALS.BOTH], to: 'b' },
            { signals: SIGNALS.LOGS, to: ['a', 'b'], channels: ['logs'] },
          ],
        });
        const provider = new BasicTracerProvider({
          sampler: byAttribute,
          spanProcessors: [spanProcessor(box)],
        });
        const tracer = provider.getTracer('app');
        const spans: { readonly span: Span; readonly told: Told }[] = [];
        const happenings: Happening[] = [];
        const remote = trace.setSpanContext(ROOT_CONTEXT, {
          traceId: 'a'.repeat(32),
          spanId: 'b'.repeat(16),
          traceFlags: 1,
          isRemote: true,
        });

        for (const [at, next] of script.entries()) {
          if (next.do === 'start') {
            const parent =
              typeof next.parent === 'number' ? spans[next.parent % (spans.length || 1)] : undefined;
            const context = parent
              ? trace.setSpan(ROOT_CONTEXT, parent.span)
              : next.parent === 'remote'
                ? remote
                : ROOT_CONTEXT;
            const name = String(at);
            const attributes = { sampling: next.sampling };
            const told = { name, parent: parent?.told, sampling: next.sampling, began: at, ended: Infinity };
            spans.push({ span: tracer.startSpan(name, { attributes }, context), told });
            continue;
          }
          const chosen = spans[next.span % (spans.length || 1)];
          if (!chosen) continue;
          if (next.do === 'end') {
            chosen.span.end();
            chosen.told.ended = Math.min(chosen.told.ended, at);
          } else {
            box.emit(SIGNALS[next.signal], {}, { context: trace.setSpan(ROOT_CONTEXT, chosen.span) });
            happenings.push({ on: chosen.told, at, to: SPANS_TO[next.signal] });
          }
        }
        for (const { span, told } of spans) {
          span.end();
          told.ended = Math.min(told.ended, script.length);
        }
        await box.shutdown();

        const tolds = spans.map(({ told }) => told);
        const expected = (destination: string): string[] =>
          tolds.filter((told) => belongs(told, destination, happenings)).map(({ name }) => name);
        const sampled = tolds.filter(({ sampling }) => sampling === SamplingDecision.RECORD_AND_SAMPLED);
        expect(got.all.names).toEqual(sampled.map(({ name }) => name).sort());
        expect(got.a.names).toEqual(expected('a').sort());
        expect(got.b.names).toEqual(expected('b').sort());
        routed += got.a.spans.length + got.b.spans.length;
        kept += 2 * sampled.length - got.a.spans.length - got.b.spans.length;
      }),
      { numRuns: 300 },
    );
    // Neither everything nor nothing: the property has something to say.
    expect(routed).toBeGreaterThan(500);
    expect(kept).toBeGreaterThan(500);
  });
});
