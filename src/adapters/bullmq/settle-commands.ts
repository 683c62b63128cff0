import type { IQueueBackend } from 'bullmq';
import { isFresh } from '../../jobs/fresh-promise.js';
import { beside } from '../../jobs/watch-promise.js';
import type { Around } from '../common/function-proxy.js';
import type { Observation } from '../common/observed-object.js';

/** What a command of a Job's own methods did to the job. */
export type Move =
  | { readonly to: 'completed' }
  | { readonly to: 'failed'; readonly error: unknown }
  | { readonly to: 'retry'; readonly error: unknown; readonly delayMillis: number }
  | { readonly to: 'back'; readonly reason: string; readonly delayMillis?: number }
  | { readonly to: 'locked'; readonly millis: number };

/** Gets a move once the store has made or refused it. `next` is the job that the store returned with it, and `given` is the Job or its id. */
export interface HearMoves {
  moved(id: string, move: Move, next: unknown, given: unknown): void;
  refused(id: string, error: unknown): void;
  /** Whether to observe the moves of that job. Default: of every job. */
  hears?(id: string): boolean;
}

type Args = readonly unknown[];

/**
 * Observes the moves of jobs on their backend, where all of them go. BullMQ has events for the moves of a worker's own loop, and none for those by
 * hand.
 */
export function hearMoves({ moved, refused, hears }: HearMoves): Observation<IQueueBackend> {
  const on = (
    idOf: (args: Args) => unknown,
    moveOf: (args: Args, result: unknown) => Move | undefined,
  ): Around => {
    return (call, args) => {
      if (hears && !hears(String(idOf(args)))) return call(...args);
      const result = call(...args);
      beside<unknown>(
        result,
        (value) => {
          const move = moveOf(args, value);
          if (move) moved(String(idOf(args)), move, nextIn(value), args[0]);
        },
        (error) => refused(String(idOf(args)), error),
        isFresh(result),
      );
      return result;
    };
  };
  const first = ([id]: Args): unknown => id;
  const ofJob = ([job]: Args): unknown => (job as { readonly id?: unknown }).id;
  return {
    moveToCompleted: on(ofJob, () => ({ to: 'completed' })),
    moveToFailed: on(ofJob, ([, reason, , , , fields]) => ({ to: 'failed', error: errorIn(reason, fields) })),
    retryJob: on(first, ([, , , options]) => ({ to: 'retry', error: errorOf(options), delayMillis: 0 })),
    moveToDelayed: on(first, ([, , delay, , options]) => {
      const delayMillis = Number(delay);
      return (options as { readonly skipAttempt?: unknown } | undefined)?.skipAttempt
        ? { to: 'back', reason: 'delayed', delayMillis }
        : { to: 'retry', error: errorOf(options), delayMillis };
    }),
    moveJobFromActiveToWait: on(first, () => ({ to: 'back', reason: 'waiting' })),
    // If its children have ended already, the job goes on.
    moveToWaitingChildren: on(first, (_, result) =>
      result ? { to: 'back', reason: 'waiting_children' } : undefined,
    ),
    extendLock: on(first, ([, , duration], result) =>
      Number(result) === 1 ? { to: 'locked', millis: Number(duration) } : undefined,
    ),
  };
}

/** The job that the store returned with a move, as BullMQ stores it, with its id. */
function nextIn(value: unknown): unknown {
  return Array.isArray(value) ? value : (value as { readonly result?: unknown } | null | undefined)?.result;
}

function errorOf(options: unknown): unknown {
  const fields = (options as { readonly fieldsToUpdate?: unknown } | undefined)?.fieldsToUpdate;
  return errorIn((fields as { readonly failedReason?: unknown } | undefined)?.failedReason, fields);
}

/** The error of a failure, rebuilt from what BullMQ stores: the message, and the stack, which begins with the name. */
function errorIn(reason: unknown, fields: unknown): unknown {
  if (typeof reason !== 'string') return undefined;
  const error = new Error(reason);
  const stack = lastOf((fields as { readonly stacktrace?: unknown } | undefined)?.stacktrace);
  error.stack = stack ?? `Error: ${reason}`;
  const name = stack?.slice(0, stack.indexOf(reason === '' ? '\n' : `: ${reason}`));
  if (name !== undefined && /^[\w$]{1,64}$/.test(name)) error.name = name;
  return error;
}

function lastOf(stacks: unknown): string | undefined {
  try {
    const last: unknown = typeof stacks === 'string' ? (JSON.parse(stacks) as unknown[]).at(-1) : undefined;
    return typeof last === 'string' ? last : undefined;
  } catch {
    // The app keeps stack traces in a way of its own.
    return undefined;
  }
}
