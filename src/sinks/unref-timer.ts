/** A timer that does not keep the process alive. The shutdown settles what still waits at the end. */
export function idleTimer(fn: () => void, millis: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(fn, millis);
  // Where a timer is a number, it keeps nothing alive.
  (timer as { unref?: () => void }).unref?.();
  return timer;
}
