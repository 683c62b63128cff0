/**
 * One more than the largest whole number that 64 signed bits hold. They do hold its negative, but JSON writes a double with just enough
 * digits to identify it, and those digits are below that number.
 */
const INT64 = 2 ** 63;

/** A little before the last moment that 64 bits of nanoseconds hold, in milliseconds: 2554-07-21T23:34:33.7095Z. */
const LAST_MOMENT = 18_446_744_073_709.5;

/**
 * Whether the wire can carry a number. Exporters send whole numbers as 64-bit integers, and an endpoint may refuse a whole batch for one
 * number outside that range. All doubles of that size are whole numbers.
 */
export function isCarriable(value: number): boolean {
  return value < INT64 && value > -INT64;
}

/** Whether the wire can carry a moment, in epoch milliseconds: from 1970, as nanoseconds in 64 bits. */
export function isMoment(millis: unknown): millis is number {
  return typeof millis === 'number' && millis >= 0 && millis <= LAST_MOMENT;
}
