import { isError } from '../emission/describe-error.js';
import { isMoment } from '../emission/wire-range.js';
import type { AnySignal } from '../signal/signal.js';
import type { Fault } from './fault.js';
import { whatOf } from './kinds.js';

/** The mistakes in the message and the timestamp of an emit. The message of a plain record may be an error. */
export function optionFaults(signal: AnySignal, fields: unknown, options: unknown): readonly Fault[] {
  const { name } = signal;
  const message = read(options, 'message');
  const timestamp = read(options, 'timestamp');
  const faults: Fault[] = [];
  const isMissing = message === undefined && !signal.open;
  const isOfError = signal.open === true && isError(message);
  if (!isMissing && !isOfError && typeof message !== 'string')
    faults.push({
      key: `${name} message`,
      sentence: `the message of ${name} is ${whatOf(message)}, and does not leave.`,
      fix: `Give ${signal.open ? 'it' : '`message`'} as text.`,
    });
  const error = isOfError ? (read(fields, 'error') ?? message) : message;
  if (error !== message)
    faults.push({
      key: `${name} error`,
      sentence: `${name} was given two errors; of the first only its message leaves.`,
      fix: "Give the message as text, and one error as the value 'error'.",
    });
  if (timestamp !== undefined && !isMoment(timestamp))
    faults.push({
      key: `${name} timestamp`,
      sentence: `the timestamp of ${name} is ${typeof timestamp === 'number' ? 'no time between 1970 and 2554' : whatOf(timestamp)}, and does not leave.`,
      fix: 'Give `timestamp` as milliseconds since 1970.',
    });
  return faults;
}

function read(from: unknown, name: string): unknown {
  try {
    return typeof from === 'object' && from !== null ? (from as Record<string, unknown>)[name] : undefined;
  } catch {
    return undefined;
  }
}
