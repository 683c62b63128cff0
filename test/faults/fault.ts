import type { Stage } from './stage/stage.js';

/** What a fault needs of the process that it is injected in. */
export interface Needs {
  /** Megabytes of V8's old generation. */
  readonly heapMegabytes?: number;
  /** `ulimit -n`. */
  readonly openFiles?: number;
  /** `ulimit -f`, in blocks of 512 bytes. */
  readonly fileBlocks?: number;
  /** Gives the process its clock by hand, from before the library is loaded. */
  readonly fakeClock?: boolean;
  /** Seconds that it may take. Default 300. */
  readonly seconds?: number;
}

/** What one fault came to. */
export interface Figures {
  /** Emits, counted by the test; once for each destination that they had to come to. */
  readonly emitted: number;
  /** What the receiving ends took, each once; undefined where the fault is none of what arrives. */
  readonly arrived: number | undefined;
  readonly delivered: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly queued: number;
  readonly unaccounted: number;
  /** Thrown into the app by the library, rejected unhandled, or uncaught. */
  readonly exceptions: number;
  /** The longest shutdown of a box. */
  readonly shutdownMillis?: number | undefined;
}

/** One fault, what is done to inject it, and what must hold beside the rule that all are under. */
export interface Fault {
  readonly name: string;
  readonly injected: string;
  readonly holds: string;
  readonly needs?: Needs;
  /**
   * Plays the fault. What it opens at the stage is accounted for by the one rule; what it returns is added, for a fault that has its
   * figures from elsewhere.
   */
  run(stage: Stage): Promise<Figures | undefined> | Promise<void>;
}

/** Faults of one kind. */
export interface Group {
  readonly name: string;
  readonly about: string;
  readonly faults: readonly Fault[];
}
