import { EXITS } from './exits.js';

export { writeAsAtExit } from './exits.js';

/** How long all that is written at `exit` may wait together, in milliseconds: for readers that do not read, for a disk. */
const WAIT_MILLIS = 2000;

/** The time that is left to wait. What is written without waiting takes none of it. */
export interface Patience {
  /** Blocks for so long; false where it may not any more. */
  wait(millis: number): boolean;
}

/** Something that has a last thing to write when the process ends. */
export interface Leaver {
  /** Those that may have to wait for a reader come last. */
  readonly waits: boolean;
  exit(patience: Patience): void;
}

interface ProcessLike {
  on(event: 'exit' | 'beforeExit', listener: () => void): unknown;
  removeListener(event: 'exit' | 'beforeExit', listener: () => void): unknown;
}

/** One for the process, whatever the number of boxes and of copies of the package. */
interface Exits {
  readonly leavers: Set<Leaver>;
  readonly flushes: Set<() => Promise<unknown>>;
  /** Set once `exit` was told: what comes then is written at once. */
  patience: Patience | undefined;
  /** Has all leavers write what they have. */
  exit(): void;
  /** Begins and ends listening, as there is somebody to tell. */
  listen(): void;
  /** What the sinks of one stream have in common. */
  readonly streams: WeakMap<object, unknown>;
}

/**
 * Has a leaver write when the process ends, at once where it has ended. Returns the undo.
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

/** Calls when the process has nothing left to do, once: it goes on until what this gives has settled. Returns the undo. */
export function beforeExit(flush: () => Promise<unknown>): () => void {
  const exits = exitsOfProcess();
  exits.flushes.add(flush);
  exits.listen();
  return () => {
    exits.flushes.delete(flush);
    exits.listen();
  };
}

/** One thing for all sinks that write to a stream, whichever copy of the package they come from. */
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
    // Once each: what a flush gives the process to do brings this event again.
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
          // Each leaver counts what it could not do; no other pays for it.
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
      // Not by the clock alone: an app may have stopped its clocks.
      left -= Math.max(millis, performance.now() - before);
      return paused;
    },
  };
}

/** Blocks the thread; false where a thread must not be blocked. */
function pause(millis: number): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
    return true;
  } catch {
    return false;
  }
}
