import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { inSpans, LOG_ONLY } from '../cases/signals.js';
import { heapUsed } from '../heap.js';
import { evenValues, startSpans } from '../otlp/payload.js';
import type { Row } from './row.js';

const RECORDS = 100_000;

export const row: Row = {
  id: 'burst',
  what: '100,000 emits in one tick, and a queue that holds them: none is lost; the heap that each takes while it waits',
  unit: 'bytes',
  must: 600,
  aim: 300,
  async measure() {
    startSpans();
    let exported = 0;
    const logs = {
      export(records: readonly object[], done: (result: { code: number }) => void): void {
        exported += records.length;
        done({ code: 0 });
      },
      shutdown: async (): Promise<void> => {},
    };
    const batch = { capacity: RECORDS };
    const box = createSignalbox({ destinations: { collector: exporters({ logs, batch }) } });
    // What is made once is there.
    inSpans(1000, (i) => box.emit(LOG_ONLY, evenValues(i)));
    await box.forceFlush();
    exported = 0;

    const before = heapUsed();
    const start = performance.now();
    inSpans(RECORDS, (i) => box.emit(LOG_ONLY, evenValues(i)));
    const millis = performance.now() - start;
    const bytes = (heapUsed() - before) / RECORDS;
    const { queue } = box.stats().destinations.collector ?? {};
    await box.shutdown();
    const lost = RECORDS - exported;
    if (lost !== 0) throw new Error(`burst: ${lost} of ${RECORDS} records were lost`);
    return {
      value: bytes,
      low: bytes,
      high: bytes,
      against: '',
      notes: [
        `lost: ${lost} of ${RECORDS}; emitted in ${millis.toFixed(0)} ms`,
        `as the queue estimates them: ${((queue?.bytes ?? 0) / RECORDS).toFixed(0)} bytes each`,
      ],
    };
  },
};
