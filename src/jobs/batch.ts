import { inBrief } from '../emission/describe-error.js';
import type { Attempt } from './attempt-info.js';
import type { AttemptSpan } from './attempt-span.js';
import { isCrowd, recordsOnly } from './shared-span-limits.js';

/** One handler call for many jobs. Above 64 jobs none is an event on its span: each has its record alone. */
export interface Batch {
  /** One of each job, in the order given: settle each. The span ends with the last of them. */
  readonly attempts: readonly Attempt[];
  /** Runs the handler exactly once in the batch's context. */
  run<T>(fn: () => T): T;
}

/** The most distinct exceptions on the span of a batch. Its jobs mostly fail for one reason. */
const EXCEPTIONS = 16;

/** A span that several attempts share: it ends when the last has, and failed where any did. */
export function shareSpan(span: AttemptSpan, attempts: number): AttemptSpan {
  let open = attempts;
  let last = 0;
  let failures = 0;
  let type: string | undefined;
  let handlerEnd: number | undefined;
  const thrown = new Set<string>();
  return {
    context: span.context,
    emitIn: isCrowd(attempts) ? recordsOnly(span.emitIn) : span.emitIn,
    says: undefined,
    // Attributes of one job would be overwritten by the next one's: they are in the signals of each.
    describe: () => undefined,
    fail: (errorType) => {
      failures++;
      type ??= errorType;
    },
    exception: (error, atMillis) => {
      const brief = inBrief(error);
      if (thrown.has(brief) || thrown.size >= EXCEPTIONS) return;
      thrown.add(brief);
      span.exception(error, atMillis);
    },
    handlerEnded: (atMillis) => {
      handlerEnd ??= atMillis;
      return handlerEnd;
    },
    end: (atMillis) => {
      last = Math.max(last, atMillis);
      open--;
      if (open > 0) return;
      if (type !== undefined) span.fail(type, `${failures} of ${attempts} jobs failed`);
      span.end(last);
    },
  };
}
