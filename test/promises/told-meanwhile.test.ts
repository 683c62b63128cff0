import { DiagLogLevel, diag, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import type { Signalbox, SinkFunction, Stats } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { sink } from 'signalbox/sinks';
import { afterEach, describe, expect, test } from 'vitest';
import { settle } from '../delivery/helpers.js';
import { resetOtel, startOtel } from '../support/otel.js';

afterEach(resetOtel);

const DONE = defineSignal('WORK_DONE', {
  fields: { n: field.int() },
  metrics: [{ type: 'counter', name: 'work.done' }],
});

/** What may be wrong with the numbers, whoever reads them and when. */
function faultsOf({ destinations }: Stats): string[] {
  return Object.entries(destinations).flatMap(([name, { channels, queue }]) =>
    Object.entries(channels).flatMap(([channel, counts]) => {
      const { routed, delivered, handedOver, dropped, failed, queued } = counts;
      const outcomes = Object.values(dropped).reduce((all, n) => all + n, delivered + handedOver + failed);
      const faults: string[] = [];
      if (routed !== outcomes + queued)
        faults.push(`${name} ${channel}: ${routed} are not ${outcomes} and ${queued}`);
      if (queued < 0) faults.push(`${name} ${channel}: ${queued} queued`);
      if (channel === 'sink' && queue && queue.size !== queued)
        faults.push(`${name}: ${queued} queued, and ${queue.size} in its queue`);
      return faults;
    }),
  );
}

function onDiag(tell: () => void): void {
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  );
}

type Step = 'emit' | 'emit on a span' | 'wait' | 'flush' | 'shutdown';

describe('stats() in a diag logger', () => {
  test('stats() in a diag logger - agrees with itself whenever something is told', async () => {
    let told = 0;
    const faults = new Set<string>();
    const run = async (steps: readonly Step[], capacity: number): Promise<void> => {
      resetOtel();
      let box: Signalbox | undefined;
      onDiag(() => {
        if (!box) return;
        told++;
        for (const fault of faultsOf(box.stats())) faults.add(fault);
      });
      startOtel({
        logProcessors: [
          {
            onEmit: ({ attributes }) => {
              if (Number(attributes?.n) % 5 === 0) throw new Error('no');
            },
            forceFlush: async () => {},
            shutdown: async () => {},
          },
        ],
      });
      const busy: SinkFunction = async ({ fields }) => {
        await settle();
        if (Number(fields.n) % 3 === 0) throw new Error('no');
      };
      const echo: SinkFunction = () => box?.info('echo');
      box = createSignalbox({
        destinations: {
          busy: sink(busy, { capacity }),
          echo: sink(echo, { capacity }),
          hanging: sink(() => new Promise(() => {}), { capacity }),
        },
        routes: [{ signals: '*', to: ['otel', 'busy', 'echo', 'hanging'] }],
      });
      let n = 0;
      for (const step of steps) {
        if (step === 'emit') box.emit(DONE, { n: n++ });
        else if (step === 'wait') await settle();
        else if (step === 'flush') await box.forceFlush({ timeoutMillis: 0 });
        else if (step === 'shutdown') await box.shutdown({ timeoutMillis: 0 });
        else
          trace.getTracer('app').startActiveSpan('work', (span) => {
            for (let i = 0; i < 100; i++) box?.emit(DONE, { n: n++ });
            span.end();
          });
      }
      await box.shutdown({ timeoutMillis: 0 });
      box.emit(DONE, { n });
    };
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant<Step>('emit') },
      { weight: 3, arbitrary: fc.constantFrom<Step[]>('emit on a span', 'wait', 'flush') },
      { weight: 1, arbitrary: fc.constant<Step>('shutdown') },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), fc.integer({ min: 1, max: 4 }), run),
      {
        numRuns: 60,
      },
    );
    expect(told).toBeGreaterThan(100);
    expect([...faults]).toEqual([]);
  });
});
