import type { RejectReason } from '../../jobs/index.js';
import * as rejectReason from '../common/reject-reason.js';
import type { Thrown } from '../common/store-errors.js';
import * as errors from '../common/store-errors.js';

/** An error of BullMQ without its message, which may hold the app's values. */
export function withoutText(error: unknown): Error {
  return errors.withoutText('BullMQ', error);
}

/** What BullMQ throws for a job that is not valid, before it asks its store: whole sentences, of this release and older ones. */
const SENTENCES: readonly RegExp[] = [
  /^The size of job [\s\S]* exceeds the limit \d+ bytes$/,
  /^The following options cannot be used together: .+$/,
  /^Custom Ids? cannot (?:be integers|contain :)$/,
  /^JobId cannot be '0' or start with '0:'$/,
  /^Priority should (?:not be float|be between 0 and \d+)$/,
  /^(?:Deduplication|Debounce) id must be provided$/,
  /^Deduplication and parent options cannot be used together$/,
  /^keepLastIfActive deduplication cannot be used on flow nodes with a parent$/,
  /^Deduplication options cannot be used on flow nodes with children$/,
  /^Debounce option has been removed\. Use deduplication option instead$/,
  /^Delay and repeat options could not be used together$/,
  /^Jitter should be between 0 and 1$/,
  /^End date must be greater than current timestamp$/,
  /^Both \.pattern and \.every options are defined for this repeatable job$/,
  /^Either \.pattern or \.every options must be defined for this repeatable job$/,
  /^Both \.immediately and \.startDate options are defined for this repeatable job$/,
  /^Queue name (?:must be provided|cannot contain :)$/,
];

/** Why BullMQ refused a job: `invalid` if it says that the job is not valid, `error` if its store does not work. */
export function refusalOf(error: unknown): RejectReason {
  return rejectReason.refusalBy(saysInvalid, error);
}

function saysInvalid({ name, code, message }: Thrown): boolean {
  // Its scripts refuse with numbers below zero, for example if the parent is not there.
  if (Number.isInteger(code) && (code as number) < 0) return true;
  return name === 'Error' && code === undefined && SENTENCES.some((sentence) => sentence.test(message));
}
