import { writeFileSync } from 'node:fs';
import type { ShutdownReport } from 'signalbox';
import { findEndpoint } from './endpoint.js';
import { startEngine } from './engines/engine.js';
import { dataProcessor } from './handlers/data.js';
import { emailProcessor } from './handlers/email.js';
import { paymentProcessor } from './handlers/payment.js';
import { reportProcessor } from './handlers/report.js';
import { Ledger, ledgerFile } from './ledger.js';
import { linksInto } from './links.js';
import type { Options } from './options.js';
import { SERVICE, startOtel } from './otel.js';
import { createPaint } from './paint.js';
import { createPlan } from './plan.js';
import { produce } from './produce.js';
import { SpanRecorder } from './span-recorder.js';
import { summary } from './summary.js';
import { Tally } from './tally.js';
import { createBox } from './telemetry.js';
import { witness } from './witness.js';
import { createWork } from './work.js';

const HEALTH_CHECK_MILLIS = 10_000;
const FLUSH_MILLIS = 5000;

/** What a run is played with, beside its options. */
export interface Stage {
  /** Where everything goes that is no JSON line. */
  readonly out: NodeJS.WriteStream;
  /** Ends the production; what runs is finished. */
  readonly stop: AbortSignal;
}

/** Plays a run: from the SDK's start to its shutdown, and the summary. */
export async function play(options: Options, { out, stop }: Stage): Promise<void> {
  const { speed, workers, capacity } = options;
  const say = (line: string): void => void out.write(`${line}\n`);
  const began = performance.now();

  const spans = new SpanRecorder();
  const { url: endpoint, where } = await findEndpoint(options.otlp);
  say(where);

  const { format, audit, second } = options;
  const box = createBox({ format, audit, page: say, endpoint, second });
  const otel = startOtel(box, spans);
  const tally = new Tally();
  const ledger = new Ledger([
    tally.add,
    ...(options.ledger === undefined ? [] : [ledgerFile(options.ledger)]),
  ]);
  const plan = createPlan(options);
  const work = createWork(plan, speed);

  const processors = [emailProcessor, reportProcessor, dataProcessor, paymentProcessor].map((create) =>
    witness(create(box, work), ledger),
  );
  const queue = await startEngine(options.engine, {
    ...options,
    box,
    healthMillis: HEALTH_CHECK_MILLIS / speed,
    processors,
  });
  for (const { type } of processors) box.info('Job processor registered', { job_type: type });
  const buffer = queue.unbounded ? {} : { buffer_size: capacity };
  box.info('Job queue started', { worker_count: workers, ...buffer });

  await produce({ ...options, queue, plan, ledger, stop });
  // Without workers nothing would ever be done: what waits is abandoned by the shutdown.
  if (workers > 0) await Promise.race([queue.idle(), aborted(stop)]);
  await queue.shutdown();
  box.info('Job system shutdown complete');

  const report = await box.shutdown({ timeoutMillis: FLUSH_MILLIS });
  await otel.shutdown();

  const stats = box.stats();
  if (options.stats !== undefined) writeFileSync(options.stats, `${JSON.stringify(stats, undefined, 2)}\n`);
  const retried = spans.retried();
  const sights = {
    service: SERVICE,
    // Where attempts have traces of their own, the last one leads to the others by its links.
    retried: retried?.at(-1)?.spanContext().traceId,
    abandoned: spans.abandoned()?.spanContext().traceId,
  };
  const notes = [
    ...undelivered(report),
    ...queue.notes,
    where,
    ...(endpoint === undefined ? [] : await linksInto(sights, process.env)),
    `the audit trail is ${options.audit}`,
    ...(options.ledger === undefined ? [] : [`the ledger is ${options.ledger}`]),
  ];
  const tookMillis = performance.now() - began;
  say(summary({ counts: queue.counts(), tally, stats, retried, tookMillis, notes }, createPaint(out)));
}

/** What did not arrive, a line for each destination. */
function undelivered({ undelivered }: ShutdownReport): string[] {
  return Object.entries(undelivered).map(([destination, lost]) => {
    const parts = Object.entries(lost).map(
      ([why, n]) => `${n.toLocaleString('en')} ${why.replaceAll('_', ' ')}`,
    );
    return `not delivered to ${destination}: ${parts.join(', ')}`;
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
