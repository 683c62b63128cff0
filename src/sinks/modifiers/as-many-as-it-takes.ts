import { isPending } from '../../delivery/sink-answer.js';
import type { SinkCall, SinkFunction, SinkResult } from '../../delivery/sink-function.js';
import { soon } from '../../delivery/timers.js';
import type { Emission } from '../../emission/emission.js';
import { follow } from './follow.js';

/**
 * Limits the emissions that a sink gets at once to what it takes, in order, even if the caller has up to `given` in flight. The
 * others wait for those before them. A call that nobody waits for any more takes no place, whether the sink answers it or not.
 */
export function asManyAsItTakes(fn: SinkFunction, given: number): SinkFunction {
  const { inFlight = 1 } = fn;
  if (inFlight >= given) return fn;
  /** In order. A set, because it is expensive to remove the first of a long list. */
  const waiting = new Set<() => void>();
  let open = 0;
  let beginning = false;
  const beginNext = (): void => {
    // A loop, because sinks that answer at once would otherwise start each other recursively.
    if (beginning) return;
    beginning = true;
    for (const next of waiting) {
      if (open >= inFlight) break;
      waiting.delete(next);
      next();
    }
    beginning = false;
  };
  const begin = (emission: Emission, call: SinkCall): SinkResult | Promise<SinkResult> => {
    open++;
    let stop: (() => void) | undefined;
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      stop?.();
      open--;
      beginNext();
    };
    const outcome = follow(
      fn,
      emission,
      call,
      (answer) => {
        over();
        return answer;
      },
      (error) => {
        over();
        throw error;
      },
    );
    // Deferred: a shutdown also aborts the calls that wait, and they must not begin before that.
    if (isPending(outcome)) stop = onAbort(call.signal, () => soon(over));
    return outcome;
  };
  return (emission, call) => {
    if (open < inFlight && waiting.size === 0) return begin(emission, call);
    return new Promise((resolve, reject) => {
      const next = (): void => {
        stop();
        try {
          resolve(begin(emission, call));
        } catch (error) {
          reject(error);
        }
      };
      waiting.add(next);
      const stop = onAbort(call.signal, () => {
        waiting.delete(next);
        reject(call.signal.reason);
      });
    });
  };
}

/** Returns the function that ends the listening. */
function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
