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

/** What can be looked at late alone, as the depth of a queue. */
const LATE = `${TEST_NAME}.late`;

/** How long the pipelines have to say what became of it. */
const PATIENCE_MILLIS = 4_000;

/** Spans that are tried until the sampler takes one. */
const SPANS = 2_000;

/** The bit of a trace's flags. */
const SAMPLED = 1;

/** What the test signal showed. */
export interface Tested {
  /** The sampler took one of many spans. */
  readonly isSampled: boolean;
  readonly exporters: Readonly<Record<Pipeline, readonly ExporterFacts[]>>;
  readonly problems: readonly string[];
}

/** Gives the test signal to the app's own pipelines, flushes them, and looks at what their exporters say. Never rejects. */
export async function giveTestSignal(
  providers: Readonly<Partial<Record<Pipeline, Provider>>>,
): Promise<Tested> {
  const taps = (pipeline: Pipeline): Tap[] => exportersOf(providers[pipeline] ?? {}).map(tap);
  const all = { traces: taps('traces'), logs: taps('logs'), metrics: taps('metrics') };
  const box = createSignalbox();
  // With jobs, `describe()` looks at what they need too.
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
    // Some processors do not wait for their exporter.
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
    // One that is recorded and not sampled is exported by nobody.
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
