import type { SinkFunction } from '../../delivery/sink-function.js';
import type { AtExit, ExitOutcome } from '../../delivery/write-at-exit.js';
import { atExitOf, writesAtExit } from '../../delivery/write-at-exit.js';
import type { Emission } from '../../emission/emission.js';

/**
 * Makes `fn` a sink that closes the sinks it wraps. All are closed, then the first failure is thrown. When the process ends, what is left
 * goes past `fn` to the sink it wraps, of two to the first that can write then.
 */
export function wrap(fn: SinkFunction, ...inner: readonly SinkFunction[]): SinkFunction {
  const way = wayOf(inner);
  if (way) writesAtExit(fn, way);
  const closing = inner.filter((one) => typeof one.close === 'function');
  if (closing.length === 0) return fn;
  return Object.assign(fn, {
    close: async (): Promise<void> => {
      const results = await Promise.allSettled(closing.map(async (one) => one.close?.()));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    },
  });
}

function wayOf(inner: readonly SinkFunction[]): AtExit | undefined {
  const ways = inner.map(atExitOf).filter((way) => way !== undefined);
  const [first] = ways;
  if (!first || (inner.length === 1 && ways.length === 1)) return first;
  return {
    // One that writes elsewhere too is as slow as that.
    local: ways.length === inner.length && ways.every(({ local }) => local),
    waits: ways.some(({ waits }) => waits),
    finish: (given, patience) => {
      // Each brings its own to an end, whoever has this one.
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
