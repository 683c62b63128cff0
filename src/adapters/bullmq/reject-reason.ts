import type { RejectReason } from '../../jobs/index.js';
import * as rejectReason from '../common/reject-reason.js';
import type { Thrown } from '../common/store-errors.js';
import * as errors from '../common/store-errors.js';

/** An error of BullMQ as it may be reported. */
export function withoutText(error: unknown): Error {
  return errors.withoutText('BullMQ', error);
}

/** What BullMQ says of a job that can not be, before its store is asked: whole sentences, of this version and older ones. */
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

/** Why BullMQ did not take a job: `invalid` where it says that the job can not be, `error` where its store does not work. */
export function refusalOf(error: unknown): RejectReason {
  return rejectReason.refusalBy(saysInvalid, error);
}

function saysInvalid({ name, code, message }: Thrown): boolean {
  // Its scripts refuse with numbers below zero: the parent is not there, and the like.
  if (Number.isInteger(code) && (code as number) < 0) return true;
  return name === 'Error' && code === undefined && SENTENCES.some((sentence) => sentence.test(message));
}
