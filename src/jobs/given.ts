import { isMoment } from '../emission/wire-range.js';
import type { AttemptInfo } from './attempt-info.js';
import type { PreviousAttempt } from './attempt-memory.js';
import type { JobInfo } from './job.js';
import { momentOf, numberOf, textOf } from './scalar.js';

export { momentOf, numberOf, textOf };

// An app or engine may give wrong values of jobs. These functions leave out what telemetry can not use; they never throw.

/** What moments are called in all that telemetry is given of jobs. */
const MOMENTS: ReadonlySet<unknown> = new Set([
  'endedAt',
  'runnableAt',
  'firstRunnableAt',
  'startedAt',
  'at',
]);

const NOTHING: object = Object.freeze(Object.create(null));

/**
 * A copy of what can be read of it: information that is none, or throws on being read, is left out, and so are moments that the wire can
 * not carry.
 */
export function plain<T extends object>(given: T | null | undefined): Partial<T> {
  if (given === undefined || given === null) return NOTHING;
  // The copy inherits nothing, so that a name never finds something that nobody gave.
  const copy: Partial<T> = Object.create(NOTHING);
  try {
    for (const key of Object.keys(given) as (keyof T)[]) copyOne(given, copy, key);
  } catch {
    // A proxy may throw when its keys are listed. Then there is nothing to copy.
  }
  return copy;
}

/** The attempts of a batch; none where it is no list. */
export function attemptInfosOf(given: readonly AttemptInfo[]): readonly OwnAttemptInfo[] {
  try {
    return Array.isArray(given) ? given.map(attemptInfoOf) : [];
  } catch {
    return [];
  }
}

function copyOne<T extends object>(from: T, to: Partial<T>, key: keyof T): void {
  try {
    const value = from[key];
    if (!MOMENTS.has(key) || isMoment(value)) to[key] = value;
  } catch {
    // Left out.
  }
}

export function jobOf(given: JobInfo): JobInfo {
  try {
    const { id, type, priority, maxAttempts } = given;
    return {
      id: textOf(id),
      type: textOf(type),
      priority: numberOf(priority),
      maxAttempts: numberOf(maxAttempts),
    };
  } catch {
    return {};
  }
}

/** What is known of an attempt, as this library has it: a copy that was checked. */
export type OwnAttemptInfo = { -readonly [K in keyof AttemptInfo]: AttemptInfo[K] };

export function attemptInfoOf(given: AttemptInfo): OwnAttemptInfo {
  try {
    // Each by its name: of objects that begin with a copy of another V8 makes no shape, and what follows is a hundred times as dear.
    return {
      job: jobOf(given.job),
      carrier: given.carrier,
      number: numberOf(given.number),
      countedAtEnd: given.countedAtEnd,
      maxAttempts: numberOf(given.maxAttempts),
      worker: given.worker,
      runnableAt: momentOf(given.runnableAt),
      firstRunnableAt: momentOf(given.firstRunnableAt),
      startedAt: momentOf(given.startedAt),
      previous: given.previous && previousOf(given.previous),
      relation: given.relation,
      span: given.span,
      processDuration: given.processDuration,
    };
  } catch {
    return { job: {} };
  }
}

function previousOf({ carrier, number, endedAt, retryAt }: PreviousAttempt): PreviousAttempt {
  return { carrier, number: numberOf(number), endedAt: momentOf(endedAt), retryAt: momentOf(retryAt) };
}
