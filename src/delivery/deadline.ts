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
 * Calls when the deadline comes, at once where it has come; returns the undo. All the destinations of a box wait for one deadline, and Node
 * warns of a leak where a signal has more than ten listeners: here it has one, and none when nobody waits any more.
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

/** What a deadline is where none was given, or one that is none. */
const DEADLINE_MILLIS = 5000;

/**
 * Runs `work` with a deadline; settles when the work does or at the deadline, and never rejects. `Infinity` is as long as a timer can
 * wait. What is no time from 0 (NaN, of a variable that is not set; a text) is told, and is the default: 5000 ms.
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
    `\`timeoutMillis\` is ${shown(given)}, and ${DEADLINE_MILLIS} is taken instead. Give milliseconds from 0.`,
  );
  return DEADLINE_MILLIS;
}

/** All ports at once, so that a dead one does not eat the others' time. */
export async function settleAll(ports: Iterable<Port>, step: (port: Port) => Promise<void>): Promise<void> {
  await Promise.allSettled([...ports].map((port) => Promise.resolve().then(() => step(port))));
}
