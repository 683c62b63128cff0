import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { inSpans, LOG_ONLY } from '../cases/signals.js';
import { heapUsed } from '../heap.js';
import { startCollector } from '../otlp/collector.js';
import { CountedExporter } from '../otlp/exporter.js';
import { evenValues, startSpans } from '../otlp/payload.js';
import { slopeOf } from '../truth/stats/slope.js';
import type { Row } from './row.js';

const PER_SECOND = 2000;
const SECONDS = 30;
const TICKS_PER_SECOND = 50;
/** As many as the SDK's own processor keeps: the sooner has a queue been renewed as a whole, the same as before. */
const CAPACITY = 2048;
/** An export is given up after this: a batch is lost, and another taken, a dozen times in 30 s. */
const TIMEOUT_MILLIS = 2000;
/** Before: so many exports that are given up at once, until what runs is compiled. */
const WARM_EXPORTS = 200;
const WARM_TIMEOUT_MILLIS = 20;
/** Then until the queues were renewed. */
const WARM_SECONDS = 8;
/** Nothing listens there: connections are refused. */
const REFUSED = 'http://127.0.0.1:1/v1/logs';
const MIB = 1024 ** 2;

interface Subject {
  readonly exporter: CountedExporter;
  readonly box: Signalbox;
}

// Each box makes records of its own: what two destinations of one share would come apart as they lose other batches.
function subjectTo(url: string, timeoutMillis: number): Subject {
  const exporter = new CountedExporter('json', url, timeoutMillis);
  const batch = { capacity: CAPACITY, timeoutMillis };
  return { exporter, box: createSignalbox({ destinations: { dead: exporters({ logs: exporter, batch }) } }) };
}

async function warmUp(url: string, emit: (boxes: readonly Signalbox[], n: number) => void): Promise<void> {
  const { exporter, box } = subjectTo(url, WARM_TIMEOUT_MILLIS);
  while (exporter.answeredExports < WARM_EXPORTS) {
    // A span's worth of emits at a time.
    emit([box], 64);
    await new Promise((done) => setTimeout(done, 1));
  }
  await box.shutdown({ timeoutMillis: 100 });
}

function isFull(box: Signalbox): boolean {
  const { queue } = box.stats().destinations.dead ?? {};
  return queue !== undefined && queue.size >= queue.capacity;
}

/** What became of all; throws where it does not add up. */
function told(name: string, box: Signalbox): string {
  const counts = box.stats().destinations.dead?.channels.logs;
  if (!counts) throw new Error(`dead-memory: nothing was routed to ${name}`);
  const { routed, delivered, failed, dropped, queued } = counts;
  const lost = Object.values(dropped).reduce((sum, n) => sum + n, 0);
  if (routed !== delivered + failed + lost + queued) throw new Error(`dead-memory: ${name} does not add up`);
  return `${name}: ${routed} routed = ${delivered} delivered + ${lost} dropped + ${failed} failed + ${queued} queued`;
}

export const row: Row = {
  id: 'dead-memory',
  what: 'the slope of the heap with two exporters that are dead (one is refused its connections, one is never answered), 30 s at 2,000 records/s for each, after the queues are full',
  unit: 'MiB/min',
  // 2,000 records/s that were kept would be 30 for each.
  must: 0.5,
  aim: 0.1,
  async measure() {
    startSpans();
    const hanging = await startCollector('hangs');
    let emitted = 0;
    const emit = (boxes: readonly Signalbox[], n: number): void => {
      const each = (i: number): void => {
        for (const box of boxes) box.emit(LOG_ONLY, evenValues(i));
      };
      inSpans(n, each, emitted);
      emitted += n;
    };
    await Promise.all([REFUSED, hanging.url].map((url) => warmUp(url, emit)));
    const boxes = {
      refused: subjectTo(REFUSED, TIMEOUT_MILLIS).box,
      hangs: subjectTo(hanging.url, TIMEOUT_MILLIS).box,
    };
    const all = Object.values(boxes);
    while (!all.every(isFull)) emit(all, 512);

    const heap: { readonly at: number; readonly value: number }[] = [];
    const start = performance.now();
    for (let tick = 0; tick < (WARM_SECONDS + SECONDS) * TICKS_PER_SECOND; tick++) {
      emit(all, PER_SECOND / TICKS_PER_SECOND);
      if (tick % TICKS_PER_SECOND === 0 && tick >= WARM_SECONDS * TICKS_PER_SECOND)
        heap.push({ at: (performance.now() - start) / 60_000, value: heapUsed() / MIB });
      const next = start + ((tick + 1) * 1000) / TICKS_PER_SECOND;
      await new Promise((done) => setTimeout(done, Math.max(0, next - performance.now())));
    }
    const slope = slopeOf(heap)?.slope ?? Number.NaN;
    const notes = Object.entries(boxes).map(([name, box]) => told(name, box));
    const shown = heap.filter((_, second) => second % 5 === 0).map(({ value }) => value.toFixed(2));
    notes.push(`the heap, in MiB, every 5 s: ${shown.join(', ')}`);
    await Promise.all(all.map((box) => box.shutdown({ timeoutMillis: 100 })));
    hanging.close();
    return { value: slope, low: slope, high: slope, against: '', notes };
  },
};
