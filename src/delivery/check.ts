import { SignalboxError, shown } from '../signal/problem.js';
import type { SinkFunction } from './sink.js';

/** Timers take no more: a longer delay fires at once. */
const MAX_MILLIS = 2_147_483_647;

/** Throws a {@link SignalboxError} unless `value` is a whole number from 1. */
export function checkCount(where: string, option: string, value: unknown): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw new SignalboxError(`${where}: \`${option}\` is ${shown(value)}. Give a whole number from 1.`);
}

/** Throws a {@link SignalboxError} unless `value` is a time that a timer can wait. */
export function checkMillis(where: string, option: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && value > 0 && value <= MAX_MILLIS) return;
  throw new SignalboxError(
    `${where}: \`${option}\` is ${shown(value)}. Give milliseconds, more than 0 and at most ${MAX_MILLIS}.`,
  );
}

/** Throws a {@link SignalboxError} unless `value` is a function. */
export function checkSink(where: string, value: unknown): asserts value is SinkFunction {
  if (typeof value === 'function') return;
  throw new SignalboxError(
    `${where}: the sink is ${shown(value)}. Give a function that takes an emission, as in \`(emission) => { … }\`.`,
  );
}
