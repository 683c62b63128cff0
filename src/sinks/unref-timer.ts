/** A timer that does not keep the process alive: what still waits at the end is the shutdown's to settle. */
export function idleTimer(fn: () => void, millis: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(fn, millis);
  // Where a timer is a number, nothing is kept alive by it.
  (timer as { unref?: () => void }).unref?.();
  return timer;
}
