import { beside } from '../../jobs/watch-promise.js';
import type { ObservedBoss } from './boss-state.js';

/** Runs telemetry of a call: nothing of it may reach the caller, and a flush waits for it. */
export function emitQuietly({ core }: ObservedBoss, emit: () => void | Promise<void>): void {
  const report = (error: unknown): void =>
    core.report('pg-boss:command', 'what a command did could not be told', error);
  try {
    const emitting = emit();
    if (emitting) core.tellLater(emitting.catch(report));
  } catch (error) {
    report(error);
  }
}

/** What a call came to. */
export interface Heard<T> {
  readonly value: T;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Hears what a call of the app came to, beside it. A result that is no promise is one that is there already. */
export function afterwards<T>(
  observed: ObservedBoss,
  result: unknown,
  emit: (heard: Heard<T>) => void | Promise<void>,
  refused: (error: unknown) => void = () => undefined,
): void {
  const heard = (value: T): void => emitQuietly(observed, () => emit({ value, at: observed.core.now() }));
  const failed = (error: unknown): void => emitQuietly(observed, () => refused(error));
  if (!beside(result, heard, failed)) heard(result as T);
}

/** Makes a call that may throw at once, which is over then. */
export function following<T>(over: () => void, call: () => T): T {
  try {
    return call();
  } catch (error) {
    over();
    throw error;
  }
}

/** Makes a call of the app once a look at the table, and whatever else comes first, has ended, however it did. */
export function afterLook(first: readonly unknown[], call: () => unknown): Promise<unknown> {
  return Promise.allSettled(first).then(call);
}
