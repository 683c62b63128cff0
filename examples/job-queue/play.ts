import { writeFileSync } from 'node:fs';
import type { ShutdownReport } from 'signalbox';
import { consoleSink } from 'signalbox/sinks';
import { addStats } from './accounts.js';
import { Crew } from './apart/crew.js';
import { findEndpoint } from './endpoint.js';
import { startEngine } from './engines/engine.js';
import { flush } from './flush.js';
import { Folding } from './folding.js';
import { Ledger, ledgerFile } from './ledger.js';
import { linksInto } from './links.js';
import type { Options } from './options.js';
import { SERVICE, startOtel, WORKER_SERVICE } from './otel.js';
import { createPlan } from './plan.js';
import { createProcessors } from './processors.js';
import { produce } from './produce.js';
import { now } from './queue/clock.js';
import type { Screen } from './screen.js';
import { watchSpans } from './seen-span.js';
import { SpanRecorder } from './span-recorder.js';
import { storiesOf } from './stories.js';
import { summary } from './summary.js';
import { Tally } from './tally.js';
import { createBox } from './telemetry.js';
import { tryNext } from './try-next.js';

const HEALTH_CHECK_MILLIS = 10_000;

/** What a run is played with, beside its options. */
export interface Stage {
  /** Where everything goes that is no JSON line. */
  readonly screen: Screen;
  /** Ends the production; what runs is finished. */
  readonly stop: AbortSignal;
}

/**
 * Plays a run: from the SDK's start to its shutdown, and the summary.
 *
 * @throws {WorkersLost} After the summary, where workers apart have gone before all was done.
 */
export async function play(options: Options, stage: Stage): Promise<void> {
  try {
    await playOn(options, stage);
  } finally {
    stage.screen.close();
  }
}

async function playOn(options: Options, { screen, stop }: Stage): Promise<void> {
  const { speed, workers, capacity, apart } = options;
  const { say, paint } = screen;
  const began = now();

  const spans = new SpanRecorder();
  const { url: endpoint, where } = await findEndpoint(options.otlp);
  say(where);

  const { format, second, verbose } = options;
  const plan = createPlan(options);
  const isFolded = format === 'pretty' && screen.isTerminal && !verbose;
  const folding = isFolded ? new Folding({ screen, stories: storiesOf(plan, options), began }) : undefined;
  folding?.introduce();
  // The signals that are audited come from handlers: of two processes that of the workers alone writes the file.
  const audit = apart ? undefined : options.audit;
  // A line for each: jobs fail here by the dice, and their stacks are all the same.
  const console = folding?.sink ?? consoleSink({ format, stack: false });
  const box = createBox({ console, audit, page: say, endpoint, second });
  const otel = startOtel(box, watchSpans(spans.add));
  const tally = new Tally();
  const ledger = new Ledger([
    tally.add,
    ...(options.ledger === undefined ? [] : [ledgerFile(options.ledger)]),
  ]);

  const crew = apart ? new Crew({ options, endpoint, ledger, spans, screen, folding }) : undefined;
  const processors = crew ? [] : createProcessors({ box, plan, speed, ledger });
  const queue = await startEngine(options.engine, {
    ...options,
    box,
    healthMillis: HEALTH_CHECK_MILLIS / speed,
    crew: crew?.hire ?? processors,
  });
  const over = crew ? AbortSignal.any([stop, crew.lost]) : stop;
  for (const { type } of processors) box.info('Job processor registered', { job_type: type });
  const buffer = queue.unbounded ? {} : { buffer_size: capacity };
  box.info('Job queue started', { worker_count: workers, ...buffer });

  await produce({ ...options, queue, plan, ledger, stop: over, accepted: folding?.follow });
  // Without workers nothing would ever be done: what waits is abandoned by the shutdown.
  if (workers > 0) await Promise.race([queue.idle(), aborted(over)]);
  await queue.shutdown();
  box.info('Job system shutdown complete');

  const [report, theirs] = await Promise.all([flush(box, otel), crew?.account()]);

  const stats = theirs === undefined ? box.stats() : addStats(theirs.stats, box.stats());
  if (options.stats !== undefined) {
    const told =
      theirs === undefined
        ? stats
        : { ...stats, services: { [SERVICE]: box.stats(), [WORKER_SERVICE]: theirs.stats } };
    writeFileSync(options.stats, `${JSON.stringify(told, undefined, 2)}\n`);
  }
  const retried = spans.retried();
  const sights = {
    service: SERVICE,
    workers: apart ? WORKER_SERVICE : undefined,
    // Where attempts have traces of their own, the last one leads to the others by its links.
    retried: retried?.at(-1)?.traceId,
    abandoned: spans.abandoned()?.traceId,
  };
  const notes = [
    ...undelivered(report, apart ? ` by ${SERVICE}` : ''),
    ...(theirs === undefined ? [] : undelivered(theirs.report, ` by ${WORKER_SERVICE}`)),
    ...queue.notes,
    ...(apart ? [`two services: ${SERVICE} enqueues, ${WORKER_SERVICE} works`] : []),
    where,
    ...(endpoint === undefined ? [] : await linksInto(sights, process.env)),
    `the audit trail is ${options.audit}`,
    ...(options.ledger === undefined ? [] : [`the ledger is ${options.ledger}`]),
  ];
  folding?.account();
  const tries = screen.isTerminal ? tryNext(options, endpoint !== undefined) : [];
  const tookMillis = now() - began;
  const since = screen.isTerminal ? began : undefined;
  say(summary({ counts: queue.counts(), tally, stats, retried, tookMillis, since, notes, tries }, paint));
  crew?.lost.throwIfAborted();
}

/** What did not arrive, a line for each destination. */
function undelivered({ undelivered }: ShutdownReport, by: string): string[] {
  return Object.entries(undelivered).map(([destination, lost]) => {
    const parts = Object.entries(lost).map(
      ([why, n]) => `${n.toLocaleString('en')} ${why.replaceAll('_', ' ')}`,
    );
    return `not delivered to ${destination}${by}: ${parts.join(', ')}`;
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
