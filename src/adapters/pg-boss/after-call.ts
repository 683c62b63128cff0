import { beside } from '../../jobs/watch-promise.js';
import type { ObservedBoss } from './boss-state.js';

/** Emits the signals of a call. Its errors never reach the caller, and a flush waits for it. */
export function emitQuietly({ core }: ObservedBoss, emit: () => void | Promise<void>): void {
  const report = (error: unknown): void =>
    core.report('pg-boss:command', 'the signals of a command could not be emitted', error);
  try {
    const emitting = emit();
    if (emitting) core.tellLater(emitting.catch(report));
  } catch (error) {
    report(error);
  }
}

/** The result of a call. */
export interface Heard<T> {
  readonly value: T;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Emits what a call of the app came to, beside it. A result that is no promise is there already. */
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

/** Makes a call. If it throws at once, it is over. */
export function following<T>(over: () => void, call: () => T): T {
  try {
    return call();
  } catch (error) {
    over();
    throw error;
  }
}

/** Makes a call of the app once everything in `first` has ended, with success or without: a look at the table, for example. */
export function afterLook(first: readonly unknown[], call: () => unknown): Promise<unknown> {
  return Promise.allSettled(first).then(call);
}
