/**
 * Now, in epoch milliseconds with fractions. It only goes forward: setting the system's clock changes no
 * moment, no delay and no duration of the queue.
 */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
