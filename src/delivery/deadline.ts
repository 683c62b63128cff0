import { LONGEST_MILLIS } from '../signal/option-checks.js';
import { shown } from '../signal/signalbox-error.js';
import type { Deadline, Port } from './destination.js';
import type { Report } from './report.js';
import { createReport } from './report.js';
import { startTimer, stopTimer } from './timers.js';

interface Waiting {
  readonly calls: Set<() => void>;
  readonly fire: () => void;
}

const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls `call` at the deadline, or at once if it has passed. Returns the undo. All destinations of a box wait for one deadline, and Node.js
 * warns of a leak if a signal has more than ten listeners. So the signal has one listener, and none when nobody waits any longer.
 */
export function atDeadline({ signal }: Deadline, call: () => void): () => void {
  if (signal.aborted) {
    call();
    return () => {};
  }
  const { calls, fire } = waitingFor.get(signal) ?? listen(signal);
  const mine = (): void => call();
  calls.add(mine);
  return () => {
    calls.delete(mine);
    if (calls.size > 0) return;
    signal.removeEventListener('abort', fire);
    waitingFor.delete(signal);
  };
}

function listen(signal: AbortSignal): Waiting {
  const calls = new Set<() => void>();
  const waiting = {
    calls,
    fire: () => {
      for (const call of calls) call();
    },
  };
  signal.addEventListener('abort', waiting.fire);
  waitingFor.set(signal, waiting);
  return waiting;
}

/** Resolves when `promise` settles, or when the deadline comes. */
export function untilDeadline(promise: Promise<unknown>, deadline: Deadline): Promise<void> {
  return new Promise((resolve) => {
    const undo = atDeadline(deadline, resolve);
    const done = (): void => {
      undo();
      resolve();
    };
    promise.then(done, done);
  });
}

/** The deadline if none, or no valid one, was given. */
const DEADLINE_MILLIS = 5000;

/**
 * Runs `work` with a deadline. Resolves when the work settles or at the deadline; never rejects. `Infinity` waits as long as a timer can.
 * A value that is not a number from 0 (NaN from an unset variable, a string) is reported and replaced by the default of 5000 ms.
 */
export async function withDeadline(
  timeoutMillis: number | undefined,
  work: (deadline: Deadline) => Promise<unknown>,
  report?: Report,
): Promise<void> {
  const controller = new AbortController();
  const millis = Math.min(checkedMillis(timeoutMillis ?? DEADLINE_MILLIS, report), LONGEST_MILLIS);
  let timer: ReturnType<typeof startTimer> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = startTimer(() => {
      controller.abort(new DOMException(`the deadline of ${millis} ms passed`, 'TimeoutError'));
      resolve();
    }, millis);
  });
  try {
    await Promise.race([
      work({ timeoutMillis: millis, signal: controller.signal }).catch(() => undefined),
      limit,
    ]);
  } finally {
    stopTimer(timer);
  }
}

function checkedMillis(given: unknown, report: Report = createReport()): number {
  if (typeof given === 'number' && given >= 0) return given;
  report(
    'deadline',
    `\`timeoutMillis\` is ${shown(given)}; signalbox uses ${DEADLINE_MILLIS} instead. Give milliseconds from 0.`,
  );
  return DEADLINE_MILLIS;
}

/** Runs a step on all ports in parallel, so that a dead one does not use up the others' time. */
export async function settleAll(ports: Iterable<Port>, step: (port: Port) => Promise<void>): Promise<void> {
  await Promise.allSettled([...ports].map((port) => Promise.resolve().then(() => step(port))));
}
