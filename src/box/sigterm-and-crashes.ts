import { writeAsAtExit } from '../delivery/exits.js';

/** A signal that asks a process to end. */
export type ExitSignal = 'SIGTERM' | 'SIGINT';

/** What a box does when its process is about to end. Nothing of it may throw or reject. */
export interface ProcessEnd {
  readonly signals: readonly ExitSignal[];
  readonly crashes: boolean;
  /** The last record: of a crash `thrown` is what was thrown. */
  record(cause: ExitSignal | 'uncaughtException', thrown?: unknown, origin?: string): void;
  /** Within its deadline; `shutdown` follows where nobody else decides of the end. */
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

/** One for the process, whatever the number of boxes and of copies of the package. */
interface Ends {
  readonly installed: Set<ProcessEnd>;
  /** Begins and ends listening, as there is a box that wants to be told. */
  listen(): void;
}

const ENDS = Symbol.for('signalbox.process-ends');
const EVENTS: readonly Event[] = ['SIGTERM', 'SIGINT', 'uncaughtException'];
/** What a shell is told of a process that a signal ended: 128 more. */
const NUMBERS: Readonly<Record<ExitSignal, number>> = { SIGINT: 2, SIGTERM: 15 };
/** How long a signal may take to end the process: as the first of a container it does not, for the kernel lets it pass. */
const SIGNAL_MILLIS = 100;

/** Has a box told of the end of the process. Returns the undo; nothing is done where there is no process. */
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
    // Who asks a second time does not want to wait.
    if (ending) return signal === 'SIGINT' ? raise(signal) : undefined;
    const alone = isAlone(signal);
    ending = alone;
    await leave(wanting(signal), signal, alone);
    if (alone) raise(signal);
  };
  const raise = (signal: ExitSignal): void => {
    stop(signal);
    // A signal tells no `exit`: the sinks of the boxes that were not asked.
    writeAsAtExit();
    process.kill(process.pid, signal);
    setTimeout(() => {
      if (process.listeners(signal).length === 0) process.exit(128 + NUMBERS[signal]);
    }, SIGNAL_MILLIS);
  };
  const onCrash = async (thrown: unknown, origin: unknown): Promise<void> => {
    const alone = isAlone('uncaughtException');
    // Of what goes wrong while it ends, the first is the cause.
    if (ending && alone) return;
    ending = alone;
    await leave(wanting('uncaughtException'), 'uncaughtException', alone, thrown, String(origin));
    if (!alone) return;
    stop('uncaughtException');
    // Node.js prints it, and ends with the code that it has for that. Thrown in a microtask it is printed with the line that it comes
    // from, anywhere else with this one.
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

/** Tells all boxes, and waits for what they send. Where somebody else decides of the end, they go on working. */
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
  // What a shutdown drops at its deadline, consoles and files can still write.
  writeAsAtExit();
  await Promise.allSettled(ends.map((end) => end.shutdown()));
}

/**
 * Listeners of the package signal-exit, which many tools bring: they leave the end to others where there are any, and end the process where there are
 * none. Left to them, nobody would.
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
