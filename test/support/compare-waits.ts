import type { Case } from './compare.js';
import { millisOf } from './compare.js';
import type { ReceivedSpan } from './otlp-model.js';

/** Where a store is asked, most waits still are known so well. */
const MOST_MILLIS = 50;
const MOST = 0.75;

/** A store may be made to wait, and one wait told short for it; where most are, it is the telling. */
export function compareWaits({ ledger, received, options, claim }: Case): void {
  if (options.engine.runnableAt === 'exact') return;
  const spans = new Map<string, ReceivedSpan>();
  for (const span of received.spans)
    spans.set(`${span.attributes['job.id']} ${span.attributes['job.attempt.number']}`, span);
  for (const which of ['first', 'later'] as const) {
    const short = ledger.flatMap(({ id, accepted, attempts }) =>
      attempts
        .filter(({ number }) => (number === 1) === (which === 'first'))
        .flatMap(({ number, runnableAt }) => {
          const span = spans.get(`${id} ${number}`);
          // A new job could run at the latest when its engine had answered.
          const latest = number === 1 ? (accepted?.at ?? runnableAt) : runnableAt;
          return span === undefined ? [] : [millisOf(span.start) - latest - toldWait(span)];
        }),
    );
    const close = short.filter((millis) => millis <= MOST_MILLIS).length;
    claim(
      close >= MOST * short.length,
      () => `of ${short.length} waits of ${which} attempts only ${close} are told within ${MOST_MILLIS} ms`,
    );
  }
}

/** The milliseconds that an attempt is told to have waited. */
export function toldWait({ attributes }: ReceivedSpan): number {
  return Number(attributes['job.wait.duration']) * 1000;
}

/** Whether a time is told that began when a job could run: `longest` is what the ledger makes of it. */
export function isWait(
  { options: { engine, toleranceMillis } }: Case,
  told: number,
  longest: number,
): boolean {
  const least = engine.runnableAt === 'exact' ? longest - engine.clocksMillis : longest - toleranceMillis;
  return told >= least && told <= longest + engine.clocksMillis;
}
