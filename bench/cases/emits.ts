import type { Destination, Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import type { Case } from '../harness.js';
import { BLOCK } from '../harness.js';
import type { AppMeters, AppSdk } from './app-sdk.js';
import { noMetrics, nothing } from './app-sdk.js';
import type { FULL, LOG_ONLY } from './signals.js';
import { inSpans, values } from './signals.js';

type Benched = typeof FULL | typeof LOG_ONLY;

const HOUR_MILLIS = 3_600_000;
/** A batch that is not full leaves after this, in which nothing is to be done. */
const DELAY_MILLIS = 10;

/** An exporter of log records that takes everything, does nothing, and tells when so many have come. */
export class CountingExporter {
  readonly shutdown = nothing.shutdown;
  readonly forceFlush = nothing.forceFlush;
  #taken = 0;
  #wanted = 0;
  #reached: (() => void) | undefined;

  export(records: readonly unknown[], done: (result: { code: number }) => void): void {
    this.#taken += records.length;
    done({ code: 0 });
    if (this.#taken >= this.#wanted) this.#reached?.();
  }

  taken(wanted: number): Promise<void> {
    if (this.#taken >= wanted) return Promise.resolve();
    this.#wanted = wanted;
    return new Promise((reached) => {
      this.#reached = reached;
    });
  }
}

/** Emits as an app does, one signal, in recording spans. */
export function emitsInSpans(box: Signalbox, signal: Benched): Case['run'] {
  return (times) => inSpans(times, (i) => box.emit(signal as typeof FULL, values(i)));
}

/**
 * Through the app's own SDK, in an app that has it already: a box with no options. Throws where a record did not come to the exporter: what
 * goes nowhere is cheap.
 */
export function emitsToOtel(signal: Benched, sdk: AppSdk, meters?: AppMeters): Case {
  const run = emitsInSpans(createSignalbox(), signal);
  let wanted = 0;
  return {
    name: 'emit → otel (the app’s SDK)',
    run: (times) => {
      wanted = sdk.logged() + times;
      run(times);
    },
    settle: async () => {
      await sdk.flushLogs();
      if (sdk.logged() < wanted) throw new Error(`${wanted - sdk.logged()} log records went nowhere.`);
    },
    ...(meters && { rest: () => meters.collect() }),
  };
}

/** A destination whose exporters do nothing, with logs counted, and batches of what is emitted between two looks at the clock. */
export function exporterDestination(): { counting: CountingExporter; destination: Destination } {
  const counting = new CountingExporter();
  const destination = exporters({
    logs: counting,
    spans: nothing,
    metrics: noMetrics,
    metricExport: { intervalMillis: HOUR_MILLIS },
    batch: { capacity: 1 << 20, size: BLOCK, delayMillis: DELAY_MILLIS },
  });
  return { counting, destination };
}

/** To so many exporter destinations: handing each its batches is part of the work. */
export function emitsToExporters(signal: Benched, count = 1): Case {
  const made = Array.from({ length: count }, exporterDestination);
  const names = made.map((_, i) => `d${i}`);
  const box = createSignalbox<string>({
    destinations: Object.fromEntries(made.map(({ destination }, i) => [`d${i}`, destination])),
    otherTelemetry: 'd0',
    routes: [{ signals: '*', to: names }],
  });
  const run = emitsInSpans(box, signal);
  let emitted = 0;
  return {
    name: `emit → ${count === 1 ? 'one exporter destination' : `${count} exporter destinations`}`,
    run: (times) => {
      run(times);
      emitted += times;
    },
    settle: async () => {
      for (const { counting } of made) await counting.taken(emitted);
    },
    rest: () => box.forceFlush(),
  };
}
