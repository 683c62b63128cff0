import { EXITS } from './exits.js';

export { writeAsAtExit } from './exits.js';

/** How long all last writes together may wait at `exit`, in milliseconds: for readers that do not read, or for a disk. */
const WAIT_MILLIS = 2000;

/** The time that last writes may still wait. */
export interface Patience {
  /** Blocks for this time. False if no time is left. */
  wait(millis: number): boolean;
}

/** A writer with last writes when the process ends. */
export interface Leaver {
  /** Whether it may have to wait for a reader. Such leavers come last. */
  readonly waits: boolean;
  exit(patience: Patience): void;
}

interface ProcessLike {
  on(event: 'exit' | 'beforeExit', listener: () => void): unknown;
  removeListener(event: 'exit' | 'beforeExit', listener: () => void): unknown;
}

/** Shared by all boxes of the process and by all copies of the package. */
interface Exits {
  readonly leavers: Set<Leaver>;
  readonly flushes: Set<() => Promise<unknown>>;
  /** Set at `exit`. From then on leavers write at once. */
  patience: Patience | undefined;
  /** Makes all leavers write. */
  exit(): void;
  /** Adds and removes the process listeners, depending on whether there are leavers and flushes. */
  listen(): void;
  /** The object that the sinks of one stream share. */
  readonly streams: WeakMap<object, unknown>;
}

/**
 * Makes a leaver write when the process ends, or at once if it has ended. Returns the undo.
 */
export function atExit(leaver: Leaver): () => void {
  const exits = exitsOfProcess();
  exits.leavers.add(leaver);
  exits.listen();
  if (exits.patience) leaver.exit(exits.patience);
  return () => {
    exits.leavers.delete(leaver);
    exits.listen();
  };
}

/** Calls `flush` once when the process has nothing left to do. The process lives on until the promise settles. Returns the undo. */
export function beforeExit(flush: () => Promise<unknown>): () => void {
  const exits = exitsOfProcess();
  exits.flushes.add(flush);
  exits.listen();
  return () => {
    exits.flushes.delete(flush);
    exits.listen();
  };
}

/** The object that all sinks of a stream share, whichever copy of the package made them. */
export function sharedByStream<T>(stream: object, make: () => T): T {
  const { streams } = exitsOfProcess();
  const found = streams.get(stream) as T | undefined;
  if (found) return found;
  const made = make();
  streams.set(stream, made);
  return made;
}

function exitsOfProcess(): Exits {
  const holder = globalThis as { [EXITS]?: Exits };
  holder[EXITS] ??= newExits();
  return holder[EXITS];
}

function newExits(): Exits {
  let toldExit: ProcessLike | undefined;
  let toldBefore: ProcessLike | undefined;
  const onExit = (): void => exits.exit();
  const onBeforeExit = (): void => {
    // Each flush runs once: its work keeps the process alive, and then this event comes again.
    const flushes = [...exits.flushes];
    exits.flushes.clear();
    for (const flush of flushes) flush().catch(() => {});
    exits.listen();
  };
  const exits: Exits = {
    leavers: new Set(),
    flushes: new Set(),
    streams: new WeakMap(),
    patience: undefined,
    exit: () => {
      exits.patience = newPatience();
      const leavers = [...exits.leavers].sort((a, b) => Number(a.waits) - Number(b.waits));
      for (const leaver of leavers) {
        try {
          leaver.exit(exits.patience);
        } catch {
          // Each leaver counts its own losses. The other leavers must still write.
        }
      }
    },
    listen: () => {
      toldExit = listening('exit', onExit, toldExit, exits.leavers.size > 0);
      toldBefore = listening('beforeExit', onBeforeExit, toldBefore, exits.flushes.size > 0);
    },
  };
  return exits;
}

function listening(
  event: 'exit' | 'beforeExit',
  listener: () => void,
  told: ProcessLike | undefined,
  wanted: boolean,
): ProcessLike | undefined {
  if (wanted === (told !== undefined)) return told;
  if (told) {
    told.removeListener(event, listener);
    return undefined;
  }
  const { process } = globalThis as { process?: Partial<ProcessLike> };
  if (typeof process?.on !== 'function' || typeof process.removeListener !== 'function') return undefined;
  process.on(event, listener);
  return process as ProcessLike;
}

function newPatience(): Patience {
  let left = WAIT_MILLIS;
  return {
    wait: (millis) => {
      if (left <= 0) return false;
      const before = performance.now();
      const paused = pause(millis);
      // An app's tests may have stopped the clock.
      left -= Math.max(millis, performance.now() - before);
      return paused;
    },
  };
}

/** Blocks the thread. False if the runtime does not allow that. */
function pause(millis: number): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
    return true;
  } catch {
    return false;
  }
}
