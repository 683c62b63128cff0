import { writeAsAtExit } from '../delivery/exits.js';

/** A signal that asks a process to end. */
export type ExitSignal = 'SIGTERM' | 'SIGINT';

/** The actions of a box when its process is about to end. None of them may throw or reject. */
export interface ProcessEnd {
  readonly signals: readonly ExitSignal[];
  readonly crashes: boolean;
  /** Emits the last record. `thrown` is the thrown value of a crash. */
  record(cause: ExitSignal | 'uncaughtException', thrown?: unknown, origin?: string): void;
  /** Flushes within its deadline. `shutdown` follows unless the app decides on the end. */
  flush(): Promise<unknown>;
  shutdown(): Promise<unknown>;
}

type Event = ExitSignal | 'uncaughtException';
type Listener = (first: unknown, second?: unknown) => void;

interface ProcessLike {
  readonly pid: number;
  on(event: string, listener: Listener): unknown;
  removeListener(event: string, listener: Listener): unknown;
  listeners(event: string): readonly unknown[];
  kill(pid: number, signal: string): unknown;
  exit(code: number): never;
}

/** Shared by all boxes of the process and by all copies of the package. */
interface Ends {
  readonly installed: Set<ProcessEnd>;
  /** Adds and removes the process listeners: an event has one while a box wants it. */
  listen(): void;
}

const ENDS = Symbol.for('signalbox.process-ends');
const EVENTS: readonly Event[] = ['SIGTERM', 'SIGINT', 'uncaughtException'];
/** Signal numbers. A shell reports 128 + the number as the exit code of a process that a signal ended. */
const NUMBERS: Readonly<Record<ExitSignal, number>> = { SIGINT: 2, SIGTERM: 15 };
/** How long a signal may take to end the process. For process 1 of a container the kernel ignores it. */
const SIGNAL_MILLIS = 100;

/** Makes the end of the process call a box's actions. Returns the undo. Does nothing outside Node.js. */
export function atProcessEnd(end: ProcessEnd): () => void {
  const { process } = globalThis as { process?: ProcessLike };
  if (typeof process?.on !== 'function' || typeof process.kill !== 'function') return () => {};
  const holder = globalThis as { [ENDS]?: Ends };
  holder[ENDS] ??= endsOf(process);
  const ends = holder[ENDS];
  ends.installed.add(end);
  ends.listen();
  return () => {
    ends.installed.delete(end);
    ends.listen();
  };
}

function endsOf(process: ProcessLike): Ends {
  const installed = new Set<ProcessEnd>();
  const listening = new Map<Event, Listener>();
  let ending = false;

  const wanting = (event: Event): ProcessEnd[] =>
    [...installed].filter((end) =>
      event === 'uncaughtException' ? end.crashes : end.signals.includes(event),
    );
  const stop = (event: Event): void => {
    const listener = listening.get(event);
    if (listener) process.removeListener(event, listener);
    listening.delete(event);
  };
  const isAlone = (event: Event): boolean => process.listeners(event).length - waitingExits(event) <= 1;

  const onSignal = async (signal: ExitSignal): Promise<void> => {
    // A second SIGINT means that the user does not want to wait.
    if (ending) return signal === 'SIGINT' ? raise(signal) : undefined;
    const alone = isAlone(signal);
    ending = alone;
    await leave(wanting(signal), signal, alone);
    if (alone) raise(signal);
  };
  const raise = (signal: ExitSignal): void => {
    stop(signal);
    // A signal emits no `exit` event, so the sinks of the other boxes write now.
    writeAsAtExit();
    process.kill(process.pid, signal);
    setTimeout(() => {
      if (process.listeners(signal).length === 0) process.exit(128 + NUMBERS[signal]);
    }, SIGNAL_MILLIS);
  };
  const onCrash = async (thrown: unknown, origin: unknown): Promise<void> => {
    const alone = isAlone('uncaughtException');
    // Further errors while the process ends are consequences of the first one.
    if (ending && alone) return;
    ending = alone;
    await leave(wanting('uncaughtException'), 'uncaughtException', alone, thrown, String(origin));
    if (!alone) return;
    stop('uncaughtException');
    // Node.js prints the error and ends with its own exit code. It prints the line of origin only for an error thrown in a microtask; elsewhere
    // it would print this line.
    if (origin === 'unhandledRejection') void Promise.reject(thrown);
    else {
      queueMicrotask(() => {
        throw thrown;
      });
    }
  };
  const listenerOf = (event: Event): Listener =>
    event === 'uncaughtException'
      ? (thrown, origin) => void onCrash(thrown, origin)
      : () => void onSignal(event);

  return {
    installed,
    listen: () => {
      for (const event of EVENTS) {
        if (wanting(event).length === 0) stop(event);
        else if (!listening.has(event)) {
          const listener = listenerOf(event);
          listening.set(event, listener);
          process.on(event, listener);
        }
      }
    },
  };
}

/** Makes all boxes record the cause and waits for their flush. If the app decides on the end, the boxes stay open. */
async function leave(
  ends: readonly ProcessEnd[],
  cause: Event,
  alone: boolean,
  thrown?: unknown,
  origin?: string,
): Promise<void> {
  for (const end of ends) end.record(cause, thrown, origin);
  await Promise.allSettled(ends.map((end) => end.flush()));
  if (!alone) return;
  // Consoles and files can still write what a shutdown would drop at its deadline.
  writeAsAtExit();
  await Promise.allSettled(ends.map((end) => end.shutdown()));
}

/**
 * The number of listeners of the package signal-exit, which many tools bring. These listeners end the process only if they are alone. If they
 * counted as listeners of the app, nobody would end the process.
 */
function waitingExits(event: Event): number {
  if (event === 'uncaughtException') return 0;
  const { process } = globalThis as { process?: { __signal_exit_emitter__?: unknown } };
  const emitters = [
    (globalThis as { [key: symbol]: unknown })[Symbol.for('signal-exit emitter')],
    process?.__signal_exit_emitter__,
  ];
  let count = 0;
  for (const emitter of emitters) {
    const n = (emitter as { count?: unknown } | undefined)?.count;
    if (typeof n === 'number') count += n;
  }
  return count;
}
