import type { OptionNames } from '../signal/option-checks.js';
import { unknownOption } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { Asymmetric } from './asymmetric.js';
import { inBrief, isAsymmetric } from './asymmetric.js';
import type { AttemptOutcome, RecordedAttempt, RecordedEnd, RecordedJob } from './recorded-job.js';
import type { Diff, Verdict } from './verdict.js';
import { indented, insist } from './verdict.js';

/**
 * What to look for in one attempt: its outcome alone, or some of the values of a {@link RecordedAttempt}. Milliseconds are compared
 * to the nearest whole one. Asymmetric matchers of the test runner are allowed, as in `{ durationMillis: expect.any(Number) }`.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { createJobs } from 'signalbox/jobs';
 * import { assertAttempts, type ExpectedAttempt, recordedJob, recorder } from 'signalbox/testing';
 *
 * const seen = recorder();
 * const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
 * mail.attempt({ job: { id: '1' }, number: 1 }).failed(new TypeError('no'), { retry: true, delayMillis: 2_000 });
 * const failed: ExpectedAttempt = { outcome: 'failed', errorType: 'TypeError', retryDelayMillis: 2_000 };
 * assertAttempts(recordedJob(seen, '1'), [failed]);
 * ```
 */
export type ExpectedAttempt =
  | AttemptOutcome
  | { readonly [P in keyof RecordedAttempt]?: RecordedAttempt[P] | Asymmetric };

const ATTEMPT: OptionNames<RecordedAttempt> = {
  number: true,
  outcome: true,
  errorType: true,
  waitMillis: true,
  durationMillis: true,
  retryDelayMillis: true,
  worker: true,
  relation: true,
  previous: true,
  traceId: true,
  spanId: true,
};

const OUTCOMES: readonly unknown[] = ['completed', 'failed', 'deferred', 'lost'] satisfies AttemptOutcome[];
const ENDS: readonly unknown[] = ['completed', 'abandoned'] satisfies RecordedEnd['outcome'][];

/**
 * Throws if a job had other attempts than these.
 *
 * @param job The result of `recordedJob`.
 * @param expected How many attempts, deferred starts included, or each of them in the order of their starts.
 * @throws {Error} If they differ. The message shows the differences, and all attempts.
 * @throws {SignalboxError} If `job` is no recorded job, or `expected` is nothing that attempts could be.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { createJobs } from 'signalbox/jobs';
 * import { assertAttempts, recordedJob, recorder } from 'signalbox/testing';
 *
 * const seen = recorder();
 * const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
 * mail.attempt({ job: { id: '1' }, number: 1 }).failed(new Error('no'), { retry: true, delayMillis: 2_000 });
 * mail.attempt({ job: { id: '1' }, number: 2 }).completed();
 * assertAttempts(recordedJob(seen, '1'), [{ outcome: 'failed', retryDelayMillis: 2_000 }, 'completed']);
 * ```
 */
export function assertAttempts(job: RecordedJob, expected: number | readonly ExpectedAttempt[]): void {
  insist(attemptsVerdict('assertAttempts', job, expected));
}

/**
 * Throws if a job has another end than this, or none.
 *
 * @param job The result of `recordedJob`.
 * @param outcome `'completed'` or `'abandoned'`.
 * @param reason Why it was abandoned, as in `max_attempts`, or an asymmetric matcher of the test runner. Default: any.
 * @throws {Error} If it differs. The message shows the end and all attempts.
 * @throws {SignalboxError} If `job` is no recorded job, or `outcome` is no end.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { createJobs } from 'signalbox/jobs';
 * import { assertEnded, recordedJob, recorder } from 'signalbox/testing';
 *
 * const seen = recorder();
 * const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
 * mail.attempt({ job: { id: '1' }, number: 1 }).failed(new Error('no'), { retry: false, reason: 'max_attempts' });
 * assertEnded(recordedJob(seen, '1'), 'abandoned', 'max_attempts');
 * ```
 */
export function assertEnded(
  job: RecordedJob,
  outcome: RecordedEnd['outcome'],
  reason?: string | Asymmetric,
): void {
  insist(endVerdict('assertEnded', job, outcome, reason));
}

export function attemptsVerdict(
  where: string,
  given: RecordedJob,
  expected: number | readonly ExpectedAttempt[],
  diff?: Diff,
): Verdict {
  const job = checkedJob(where, given);
  const { attempts } = job;
  if (typeof expected === 'number') {
    if (!(Number.isSafeInteger(expected) && expected >= 0))
      throw new SignalboxError(
        `${where}: the number of attempts is ${expected}. Give a whole number from 0.`,
      );
    const pass = attempts.length === expected;
    return { pass, message: () => `${told(job)}${pass ? '' : `\nExpected: ${expected}.`}` };
  }
  const wanted = checkedAttempts(where, expected);
  const wrong = wanted.flatMap((one, i) => differing(attempts[i], one).map((part) => ({ i, part })));
  const pass = wanted.length === attempts.length && wrong.length === 0;
  return {
    pass,
    message: () => {
      if (pass) return told(job);
      const picked = attempts.map((attempt, i) => pick(attempt, wanted[i] ?? attempt));
      const lines = wrong.map(({ i, part }) => {
        const was = attempts[i] ? `was ${inBrief(attempts[i][part])}` : 'there is no such attempt';
        return `attempt ${i + 1}, ${part}: expected ${inBrief(wanted[i]?.[part])}, ${was}`;
      });
      if (wanted.length !== attempts.length) lines.unshift(`expected ${wanted.length} attempts`);
      return `${told(job)}\n${indented(diff?.(wanted, picked) ?? lines.join('\n'))}`;
    },
  };
}

export function endVerdict(
  where: string,
  given: RecordedJob,
  outcome: RecordedEnd['outcome'],
  reason?: string | Asymmetric,
): Verdict {
  const job = checkedJob(where, given);
  if (!ENDS.includes(outcome))
    throw new SignalboxError(`${where}: the end is ${shown(outcome)}. Use 'completed' or 'abandoned'.`);
  const { end } = job;
  const isReason = isAsymmetric(reason)
    ? reason.asymmetricMatch(end?.reason)
    : reason === undefined || end?.reason === reason;
  const pass = end?.outcome === outcome && isReason;
  const expected = `${outcome}${reason === undefined ? '' : ` (${isAsymmetric(reason) ? inBrief(reason) : reason})`}`;
  return { pass, message: () => `${told(job)}${pass ? '' : `\nExpected end: ${expected}.`}` };
}

function checkedJob(where: string, job: RecordedJob): RecordedJob {
  if (typeof job === 'object' && job !== null && Array.isArray(job.attempts) && 'end' in job) return job;
  throw new SignalboxError(`${where}: the job is ${shown(job)}. Give what recordedJob(…) found.`);
}

// With an attempt that can not exist, an assertion that it is missing would always pass.
function checkedAttempts(
  where: string,
  expected: readonly ExpectedAttempt[],
): readonly Partial<RecordedAttempt>[] {
  if (!Array.isArray(expected))
    throw new SignalboxError(
      `${where}: the attempts are ${shown(expected)}. Give how many, or a list as ['failed', 'completed'].`,
    );
  return (expected as readonly ExpectedAttempt[]).map((one, i) => {
    const wanted: unknown = typeof one === 'string' ? { outcome: one } : one;
    if (typeof wanted !== 'object' || wanted === null)
      throw new SignalboxError(
        `${where}: attempt ${i + 1} is ${shown(one)}. Give an outcome, or some of { number, outcome, waitMillis, … }.`,
      );
    const problem = unknownOption(wanted, ATTEMPT);
    if (problem !== undefined) throw new SignalboxError(`${where}, in attempt ${i + 1}: ${problem}`);
    const { outcome } = wanted as Partial<RecordedAttempt>;
    if (outcome !== undefined && !OUTCOMES.includes(outcome) && !isAsymmetric(outcome))
      throw new SignalboxError(
        `${where}: the outcome of attempt ${i + 1} is ${shown(outcome)}. Use ${OUTCOMES.map(shown).join(', ')}.`,
      );
    return wanted;
  });
}

type Part = keyof RecordedAttempt;

function partsOf(wanted: Partial<RecordedAttempt>): Part[] {
  return Object.keys(wanted) as Part[];
}

function differing(attempt: RecordedAttempt | undefined, wanted: Partial<RecordedAttempt>): Part[] {
  return partsOf(wanted).filter((part) => !fits(part, attempt?.[part], wanted[part]));
}

/** Milliseconds by which a value may differ. */
const MILLIS = 0.5;

function fits(part: Part, found: unknown, wanted: unknown): boolean {
  if (isAsymmetric(wanted)) return wanted.asymmetricMatch(found);
  if (part.endsWith('Millis') && typeof found === 'number' && typeof wanted === 'number')
    return Math.abs(found - wanted) <= MILLIS;
  return found === wanted;
}

/** The compared parts of an attempt. A part that fits appears as it was expected, so that a diff shows only the others. */
function pick(attempt: RecordedAttempt, wanted: Partial<RecordedAttempt>): object {
  const entries = partsOf(wanted).map((part) => {
    return [part, fits(part, attempt[part], wanted[part]) ? wanted[part] : attempt[part]];
  });
  return Object.fromEntries(entries);
}

function told(job: RecordedJob): string {
  const { id, attempts, end } = job;
  const ended = end
    ? `${end.outcome}${end.reason === undefined ? '' : ` (${end.reason})`}`
    : 'has no end yet';
  const lines = attempts.map((attempt) => `\n  ${line(attempt)}`);
  return `Job ${shown(id)} ${end ? 'is ' : ''}${ended}, with ${attempts.length} attempts${lines.length > 0 ? ':' : '.'}${lines.join('')}`;
}

function line(attempt: RecordedAttempt): string {
  const { number, outcome, errorType, waitMillis, durationMillis, retryDelayMillis } = attempt;
  const said = [
    errorType,
    waitMillis === undefined ? undefined : `waited ${waitMillis} ms`,
    durationMillis === undefined ? undefined : `ran ${durationMillis} ms`,
    retryDelayMillis === undefined ? undefined : `retry after ${retryDelayMillis} ms`,
  ].filter((part) => part !== undefined);
  return [`${number ?? '–'} ${outcome ?? 'runs'}`, ...said].join(', ');
}
