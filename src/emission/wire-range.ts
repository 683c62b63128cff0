/**
 * One beyond the largest whole number that 64 signed bits hold. Its negative is one that they hold; as JSON writes it, rounded to the
 * digits that tell it from its neighbours, it is not.
 */
const INT64 = 2 ** 63;

/** The last moment that 64 bits of nanoseconds hold, in milliseconds and a little before it: 2554-07-21T23:34:33.7095Z. */
const LAST_MOMENT = 18_446_744_073_709.5;

/**
 * Whether the wire can carry a number. Exporters send whole numbers as 64-bit integers, and an endpoint that reads one beyond them may
 * refuse the whole batch. Numbers of that size are all whole.
 */
export function isCarriable(value: number): boolean {
  return value < INT64 && value > -INT64;
}

/** Whether the wire can carry a moment, in epoch milliseconds: from 1970, as nanoseconds in 64 bits. */
export function isMoment(millis: unknown): millis is number {
  return typeof millis === 'number' && millis >= 0 && millis <= LAST_MOMENT;
}
