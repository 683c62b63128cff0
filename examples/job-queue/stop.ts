/** How many milliseconds two signals must lie apart to be two wishes: a terminal and npm may both pass on one Ctrl-C. */
const ONE_WISH_MILLIS = 250;

/**
 * Aborts at the first Ctrl-C (or SIGTERM); a second one ends the process at once, with code 130.
 *
 * @param onStop Told of the first.
 */
export function stopOnSignal(onStop: () => void): AbortSignal {
  const stop = new AbortController();
  let first: number | undefined;
  const wish = (): void => {
    if (first === undefined) {
      first = performance.now();
      onStop();
      stop.abort();
    } else if (performance.now() - first > ONE_WISH_MILLIS) {
      process.exit(130);
    }
  };
  process.on('SIGINT', wish);
  process.on('SIGTERM', wish);
  return stop.signal;
}
