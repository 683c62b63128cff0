import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { SinkFunction } from './sink-function.js';

/** Throws a {@link SignalboxError} unless `value` is a function. */
export function checkSink(where: string, value: unknown): asserts value is SinkFunction {
  if (typeof value === 'function') return;
  throw new SignalboxError(
    `${where}: the sink is ${shown(value)}. Give a function that takes an emission, as in \`(emission) => { … }\`.`,
  );
}
