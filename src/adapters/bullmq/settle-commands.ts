import type { IQueueBackend } from 'bullmq';
import { isFresh } from '../../jobs/fresh-promise.js';
import { beside } from '../../jobs/watch-promise.js';
import type { Around } from '../common/function-proxy.js';
import type { Observation } from '../common/observed-object.js';

/** What became of a job by a command of its own methods. */
export type Move =
  | { readonly to: 'completed' }
  | { readonly to: 'failed'; readonly error: unknown }
  | { readonly to: 'retry'; readonly error: unknown; readonly delayMillis: number }
  | { readonly to: 'back'; readonly reason: string; readonly delayMillis?: number }
  | { readonly to: 'locked'; readonly millis: number };

/** Hears a move once the store has it, with the job that it gave in turn, or what refused it; `given` is the Job or its id. */
export interface HearMoves {
  moved(id: string, move: Move, next: unknown, given: unknown): void;
  refused(id: string, error: unknown): void;
  /** Whether what becomes of that job is to be heard. Left out for all. */
  hears?(id: string): boolean;
}

type Args = readonly unknown[];

/**
 * Hears the moves of jobs on the backend that their Job is of, where all of them go: BullMQ has events for those of a worker's own loop, and
 * none for those by hand.
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
    // Its children may have ended already: then it goes on.
    moveToWaitingChildren: on(first, (_, result) =>
      result ? { to: 'back', reason: 'waiting_children' } : undefined,
    ),
    extendLock: on(first, ([, , duration], result) =>
      Number(result) === 1 ? { to: 'locked', millis: Number(duration) } : undefined,
    ),
  };
}

/** The job that a move gave in turn, as BullMQ stores it, with its id. */
function nextIn(value: unknown): unknown {
  return Array.isArray(value) ? value : (value as { readonly result?: unknown } | null | undefined)?.result;
}

function errorOf(options: unknown): unknown {
  const fields = (options as { readonly fieldsToUpdate?: unknown } | undefined)?.fieldsToUpdate;
  return errorIn((fields as { readonly failedReason?: unknown } | undefined)?.failedReason, fields);
}

/** The error of a failure by what is stored of it: its message, and its stack, which begins with its name. */
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
    // An app's own way to keep them.
    return undefined;
  }
}
