import { ask } from '../../../test/e2e/read/ask.js';
import type { JaegerAnswer, JaegerTrace } from '../../../test/e2e/read/jaeger.js';
import { readJaeger } from '../../../test/e2e/read/jaeger.js';
import { askPrometheus, readPrometheus } from '../../../test/e2e/read/prometheus.js';
import type { Slice } from '../../../test/e2e/read/slices.js';
import { readSlices } from '../../../test/e2e/read/slices.js';
import type { ReceivedSpan } from '../../../test/support/otlp-model.js';
import type { Totals } from '../subjects/noted.js';
import { totalName } from '../subjects/noted.js';
import { SERVICE } from '../subjects/order.js';

const LIMIT = 400;
const SLACK_MILLIS = 60_000;

/** All spans that Jaeger has of a run; a span is as often there as Jaeger gives it in one trace. */
export async function spansInJaeger(
  url: string,
  fromMillis: number,
  toMillis: number,
): Promise<ReceivedSpan[]> {
  const spans = new Map<string, ReceivedSpan[]>();
  const read = async ({ from, to }: Slice): Promise<readonly string[]> => {
    const answer = await ask<JaegerAnswer>(`${url}/api/traces`, {
      service: SERVICE,
      start: String(from),
      end: String(to),
      limit: String(LIMIT),
    });
    if (answer.errors?.length) throw new Error(`Jaeger answers: ${answer.errors.map(({ msg }) => msg)}`);
    // A trace that reaches over the edge of a slice is in two answers, whole in each; one that is cut off is asked for again.
    if (answer.data.length < LIMIT) for (const trace of answer.data) keep(spans, trace);
    return answer.data.map(({ traceID }) => traceID);
  };
  const micros = (millis: number): bigint => BigInt(Math.trunc(millis)) * 1000n;
  await readSlices(
    { from: micros(fromMillis - SLACK_MILLIS), to: micros(toMillis + SLACK_MILLIS) },
    LIMIT,
    read,
  );
  return [...spans.values()].flat();
}

function keep(spans: Map<string, ReceivedSpan[]>, trace: JaegerTrace): void {
  spans.set(trace.traceID, readJaeger([trace]));
}

/** What Prometheus has of a process's totals. */
export async function totalsInPrometheus(url: string, instance: string): Promise<Totals> {
  const run = { service: SERVICE, instance, fromMillis: 0, toMillis: 0 };
  const totals: Record<string, number> = {};
  for (const { metric, attributes, kind, value, count } of readPrometheus(await askPrometheus(url, run))) {
    const name = totalName(metric, attributes);
    if (name !== undefined) totals[name] = (totals[name] ?? 0) + (kind === 'histogram' ? count : value);
  }
  return totals;
}
