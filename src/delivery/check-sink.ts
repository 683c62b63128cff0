import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { SinkFunction } from './sink-function.js';

/** Throws a {@link SignalboxError} unless `value` is a function with valid sink properties. */
export function checkSink(where: string, value: unknown): asserts value is SinkFunction {
  if (typeof value !== 'function')
    throw new SignalboxError(
      `${where}: the sink is ${shown(value)}. Give a function that takes an emission, as in \`(emission) => { … }\`.`,
    );
  const { inFlight = 1, durable = false } = value as Partial<SinkFunction>;
  if (!(Number.isSafeInteger(inFlight) && inFlight >= 1))
    throw new SignalboxError(
      `${where}: \`inFlight\` of the sink is ${shown(inFlight)}. Give a whole number from 1.`,
    );
  if (typeof durable !== 'boolean')
    throw new SignalboxError(`${where}: \`durable\` of the sink is ${shown(durable)}. Use true or false.`);
}
