import type { ReceivedSpan } from '../../support/otlp-model.js';
import type { Case } from './case.js';
import type { LedgerJob } from './ledger.js';
import { millis } from './recording.js';
import { verdictsOf } from './verdict.js';

/** Clocks of a database and of this process tell the same moment this differently at most; one rounds to milliseconds. */
const CLOCKS_MILLIS = 10;

/** A wait that is told is from when the attempt could truly have run; one that can not be known is not told. */
export function compareWait(
  { claim, traits, wanted }: Case,
  job: LedgerJob,
  spans: readonly ReceivedSpan[],
): void {
  if (wanted.waits === 'any') return;
  const told = verdictsOf(job).filter(
    ({ outcome, attempt }) => outcome !== 'gone' && attempt.batch === undefined,
  );
  for (const [i, span] of spans.entries()) {
    const { asked } = job;
    const wait = span.attributes['job.wait.duration'];
    const about = (text: string) => () => `the span of ${job.id} attempt ${i + 1} ${text}`;
    const before = told[i - 1];
    const isFirst = i === 0 && told[0]?.attempt === job.lives[0]?.attempts[0];
    const isRetry = before?.retried === true;
    const isHere = before?.attempt.pid === told[i]?.attempt.pid;
    if (isFirst && asked !== undefined) {
      const known = asked.delayMillis > 0 ? traits.waits.delayed : traits.waits.first;
      claim((wait !== undefined) === known, about(`has the wait ${wait}`));
      if (wait === undefined) continue;
      const runnable = millis(span.start) - Number(wait) * 1000;
      const [least, most] = [asked.from + asked.delayMillis, asked.to + asked.delayMillis];
      claim(
        runnable >= least - CLOCKS_MILLIS && runnable <= most + CLOCKS_MILLIS + traits.handoverMillis,
        about(
          `could run ${(runnable - least).toFixed(1)} ms after it was asked for, and that took ${most - least} ms`,
        ),
      );
    } else if (isRetry) {
      if (isHere) claim((wait !== undefined) === traits.waits.retry, about(`has the wait ${wait}`));
      const delay = spans[i - 1]?.attributes['job.retry.delay'];
      if (wait === undefined || delay === undefined) continue;
      const runnable = millis(span.start) - Number(wait) * 1000;
      const due = millis(spans[i - 1]?.end ?? '0') + Number(delay) * 1000;
      claim(
        Math.abs(runnable - due) <= traits.latenessMillis,
        about(`could run ${(runnable - due).toFixed(1)} ms after it was to be retried`),
      );
    }
    if (wait !== undefined) claim(Number(wait) >= 0, about(`has a negative wait`));
  }
}
