import type { SinkFunction } from '../../delivery/sink-function.js';
import type { AtExit, ExitOutcome } from '../../delivery/write-at-exit.js';
import { atExitOf, writesAtExit } from '../../delivery/write-at-exit.js';
import type { Emission } from '../../emission/emission.js';

/** The properties of a sink beside its call. A function of batches has them too. */
type Sink = object & Pick<SinkFunction, 'inFlight' | 'durable' | 'untraced' | 'flush' | 'lost' | 'close'>;

/**
 * Gives `fn` the properties of the sinks that it wraps. It flushes and closes them, tells them of drops, and is untraced if one of
 * them is. It closes all of them, and then throws the first failure. It takes as many emissions in flight as the one that takes most,
 * and is durable if all are. When the process ends, what is left goes past `fn` to the wrapped sink; of two, to the first that can
 * write then.
 */
export function wrap<F extends object>(fn: F, ...inner: readonly Sink[]): F {
  const way = wayOf(inner);
  if (way) writesAtExit(fn, way);
  const own: { -readonly [K in keyof Sink]: Sink[K] } = {};
  const inFlight = mostInFlight(inner);
  if (inFlight > 1) own.inFlight = inFlight;
  if (inner.every(({ durable }) => durable)) own.durable = true;
  if (inner.some(({ untraced }) => untraced)) own.untraced = true;
  const flushing = inner.filter(({ flush }) => typeof flush === 'function');
  if (flushing.length > 0)
    own.flush = () => {
      for (const one of flushing) one.flush?.();
    };
  const losing = inner.filter(({ lost }) => typeof lost === 'function');
  if (losing.length > 0)
    own.lost = (reason, count) => {
      for (const one of losing) one.lost?.(reason, count);
    };
  const closing = inner.filter(({ close }) => typeof close === 'function');
  if (closing.length > 0)
    own.close = async () => {
      const results = await Promise.allSettled(closing.map(async (one) => one.close?.()));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    };
  return Object.assign(fn, own);
}

/** The largest number of emissions in flight that any of the sinks takes. */
export function mostInFlight(sinks: readonly Sink[]): number {
  return Math.max(...sinks.map(({ inFlight = 1 }) => inFlight));
}

function wayOf(inner: readonly object[]): AtExit | undefined {
  const ways = inner.map(atExitOf).filter((way) => way !== undefined);
  const [first] = ways;
  if (!first || (inner.length === 1 && ways.length === 1)) return first;
  return {
    // A sink that also writes elsewhere is as slow as that place.
    local: ways.length === inner.length && ways.every(({ local }) => local),
    waits: ways.some(({ waits }) => waits),
    finish: (given, patience) => {
      // Each way finishes its own writes, whichever has this emission.
      const outcomes = ways.map((way) => way.finish(given, patience));
      return outcomes.find((outcome) => outcome !== undefined);
    },
    write: (emissions, settled, patience) => {
      const outcomes: (ExitOutcome | undefined)[] = emissions.map(() => undefined);
      for (const way of ways) {
        const places = [...outcomes.keys()].filter((at) => (outcomes[at] ?? 'failed') === 'failed');
        if (places.length === 0) break;
        const told = places.values();
        way.write(
          places.map((at) => emissions[at] as Emission),
          (outcome) => {
            outcomes[told.next().value as number] = outcome;
          },
          patience,
        );
      }
      for (const outcome of outcomes) if (outcome) settled(outcome);
    },
  };
}
