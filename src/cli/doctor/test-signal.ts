import type { Tracer } from '@opentelemetry/api';
import { coreOf } from '../../box/core.js';
import { createSignalbox, defineSignal } from '../../index.js';
import { createJobs } from '../../jobs/index.js';
import type { Tap } from './exporter-tap.js';
import { tap } from './exporter-tap.js';
import type { ExporterFacts, Pipeline } from './facts.js';
import { TEST_NAME } from './facts.js';
import type { Provider } from './sdk-private-fields.js';
import { exportersOf } from './sdk-private-fields.js';

const DOCTOR_CALLED = defineSignal('DOCTOR_CALLED', {
  event: TEST_NAME,
  message: 'signalbox doctor: a test signal',
  metrics: [{ type: 'counter', name: TEST_NAME, unit: '{call}' }],
});

/** An instrument with an asynchronous callback, like that of the depth of a queue. */
const LATE = `${TEST_NAME}.late`;

/** How long the pipelines may take to answer. */
const PATIENCE_MILLIS = 4_000;

/** The most spans that are started until the sampler takes one. */
const SPANS = 2_000;

/** The sampled bit of the trace flags. */
const SAMPLED = 1;

/** The results of the test signal. */
export interface Tested {
  /** Whether the sampler took one of many spans. */
  readonly isSampled: boolean;
  readonly exporters: Readonly<Record<Pipeline, readonly ExporterFacts[]>>;
  readonly problems: readonly string[];
}

/** Emits the test signal into the app's own pipelines, flushes them and collects the results of their exporters. */
export async function giveTestSignal(
  providers: Readonly<Partial<Record<Pipeline, Provider>>>,
): Promise<Tested> {
  const taps = (pipeline: Pipeline): Tap[] => exportersOf(providers[pipeline] ?? {}).map(tap);
  const all = { traces: taps('traces'), logs: taps('logs'), metrics: taps('metrics') };
  const box = createSignalbox();
  // With jobs, `describe()` also checks what they need.
  createJobs(box);
  const core = coreOf('doctor', box);
  const definition = { type: 'observableGauge', name: LATE, unit: '1', description: 'Found after a while' };
  const end = core.observe({ ...definition, type: 'observableGauge' }, async (result) => {
    await new Promise((found) => setTimeout(found, 1));
    result.observe(1);
  });
  try {
    const isSampled = giveSpan(core.tracer());
    box.emit(DOCTOR_CALLED);
    const flushing = Object.values(providers).map(async (provider) => provider.forceFlush?.());
    // `forceFlush` of some processors does not wait for their exporter.
    const answered = Promise.allSettled(flushing).then(() =>
      Promise.all(
        Object.values(all)
          .flat()
          .map((one) => one.answered()),
      ),
    );
    await within(PATIENCE_MILLIS, answered);
    const problems = [...box.describe().problems];
    return {
      isSampled,
      exporters: {
        traces: all.traces.map((one) => one.facts()),
        logs: all.logs.map((one) => one.facts()),
        metrics: all.metrics.map((one) => one.facts()),
      },
      problems,
    };
  } finally {
    end();
    box.disable();
    for (const one of Object.values(all).flat()) one.end();
  }
}

function giveSpan(tracer: Tracer | undefined): boolean {
  for (let i = 0; tracer && i < SPANS; i++) {
    const span = tracer.startSpan(TEST_NAME, { root: true });
    // No processor exports a span that is recorded but not sampled.
    const isSampled = span.isRecording() && (span.spanContext().traceFlags & SAMPLED) !== 0;
    span.end();
    if (isSampled) return true;
  }
  return false;
}

async function within(millis: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
