import type { Signalbox } from 'signalbox';
import type { Monitor } from 'signalbox/jobs';
import type { Wanted } from './case.js';
import type { EngineName } from './cells.js';
import type { Ledger, Settled } from './ledger.js';
import type { Observed } from './release.js';
import type { Form, Line } from './setting.js';

/** A job as a scenario asks for it. */
export interface Ask {
  /** Where the engine takes one; else it gives one. */
  readonly id?: string;
  /** What makes two of them the same job, where that is not the id. */
  readonly key?: string;
  readonly type?: string;
  readonly delayMillis?: number;
  /** Higher runs first; the driver turns it round where the engine does not. */
  readonly priority?: number;
  /** Default 1. */
  readonly maxAttempts?: number;
  /** Of each attempt. */
  readonly limitMillis?: number;
  /** Its first attempt fails, where a worker process runs it. */
  readonly falters?: boolean;
}

/** What a scenario's handler is given. */
export interface Call {
  readonly id: string;
  /** As the engine counts starts that count against the maximum, this one included. */
  readonly number: number;
  readonly payload: unknown;
  readonly signal: AbortSignal | undefined;
  /** Asks the engine to put the job back; throw what it returns. */
  readonly defer: (delayMillis: number) => Promise<unknown>;
}

/** Returns a result that may be in no telemetry, or throws. */
export type Handler = (call: Call) => unknown | Promise<unknown>;
export type BatchHandler = (calls: readonly Call[]) => unknown | Promise<unknown>;

export interface WorkOptions {
  /** Attempts at once. Default 1. */
  readonly concurrency?: number;
  /** The worker's lock is as short as it can be and is not renewed. */
  readonly losesLock?: boolean;
  /** It looks for jobs that others have lost, as often as it can. */
  readonly rescues?: boolean;
  /** With `rescues`: what was lost is given up, and not run again. */
  readonly givesUp?: boolean;
  /** Its process is going to be killed: what it holds should be free soon after. */
  readonly mayVanish?: boolean;
}

export interface Worker {
  /** Graceful: what runs may finish. */
  close(): Promise<void>;
  /** What runs is given up, at once. */
  kill?(): Promise<void>;
}

/** What the engine's store says of a job. */
export interface Row {
  readonly state: 'waiting' | 'delayed' | 'active' | 'completed' | 'failed' | 'cancelled' | 'gone';
}

/** One queue of an engine, observed by a box of its own, in one scenario. What an engine does not have is left out. */
export interface World {
  readonly queue: string;
  /** Null where it is there already. */
  add(ask: Ask, payload: unknown): Promise<string | null>;
  addBulk?(asks: readonly Ask[], payloads: readonly unknown[]): Promise<readonly string[]>;
  /** Lets the engine itself make at least one job; the driver writes it into the ledger when a handler gets it. */
  schedule?(payload: unknown): Promise<void>;
  work(handler: Handler, options?: WorkOptions): Promise<Worker>;
  workBatches?(handler: BatchHandler, size: number): Promise<Worker>;
  /** A job that waits. */
  cancel?(id: string): Promise<void>;
  cancelRunning?(id: string): Promise<void>;
  /** Takes a running job away from its worker, with the engine's own means. */
  takeAway?(id: string): Promise<void>;
  retry?(id: string): Promise<void>;
  monitor?(): Monitor;
  row(id: string): Promise<Row>;
  /** What a worker process needs to find this queue. */
  readonly address?: Address;
  close(): Promise<void>;
}

export interface Address {
  readonly engine: EngineName;
  readonly queue: string;
  readonly connection: string;
  readonly line?: Line | undefined;
  readonly form?: Form | undefined;
  /** How whoever joins there observes. */
  readonly observed?: Observed;
}

/** What follows from an engine's nature for what its telemetry can say. */
export interface Traits {
  /** `messaging.system.name`. */
  readonly system: string;
  /** Whether a context travels with a job. Default true: else nothing hangs on its enqueue span. */
  readonly carries?: boolean;
  /** Whether jobs have types beside their queue. */
  readonly types: boolean;
  /** Whether an ask for a job that is there already is told as one. */
  readonly tellsDuplicates: boolean;
  /** Whether the wait is known: of first attempts, of delayed jobs, of retries in the process that saw the failure. */
  readonly waits: { readonly first: boolean; readonly delayed: boolean; readonly retry: boolean };
  /** Whether `job.retry.delay` is told. */
  readonly tellsRetryDelay: boolean;
  /** Milliseconds that the engine lets pass after the n-th attempt has failed, as the driver set it up. */
  readonly backoffMillis: (attempt: number) => number;
  /**
   * Milliseconds between the moment that the engine's store takes for an attempt's beginning, to which the wait is counted, and its span's, at
   * most: an answer of a database on its way.
   */
  readonly handoverMillis: number;
  /** Milliseconds by which the moment at which a retry could run differs from what was told at most. */
  readonly latenessMillis: number;
  /** Milliseconds by which the engine's own time limit is late at most. */
  readonly limitLatenessMillis: number;
  /** Whether JOB_STALLED is told of a job whose worker was killed. */
  readonly tellsStalls: boolean;
  /** The same, where that was its last attempt: JOB_ABANDONED tells that it stalled in any case. */
  readonly tellsLastStall: boolean;
  /** Whether an attempt is linked to the last one before the job's end, when the job was brought back. */
  readonly linksAcrossLives: boolean;
  /** Whether it survives `throw undefined` and `throw null`. */
  readonly throwsNothing: boolean;
  /** The reason that is told of a waiting job that is cancelled. */
  readonly cancelReason: string;
  readonly cancelled?: CancelledTraits;
  /** What becomes of an attempt that a forced close cuts off. */
  readonly forced: ForcedTraits;
  /** Ticks that come at once, or soon; then none for a while. */
  readonly ticks: number;
  /** What is told of a tick. */
  readonly scheduled: Wanted;
  /** What is told of an attempt whose job the engine gave to another. */
  readonly taken: Wanted;
  /** One enqueue span for each job of many, or one for all of them. */
  readonly bulk: 'each' | 'one';
}

/** What becomes of a running job that is cancelled. */
export interface CancelledTraits {
  readonly settled: Settled;
  /** The handler learns of it by its signal, and gives up; it then fails with an error that the engine or the handler made. */
  readonly aborts: boolean;
  readonly retries: boolean;
  /** Of the job's end. */
  readonly reason?: string;
  /** What the engine takes it to have failed with, in place of what the handler threw. */
  readonly error?: Error;
}

export interface ForcedTraits {
  readonly settled: Settled;
  /** What the engine takes it to have failed with. */
  readonly error?: Error;
  /** Whether that is the job's end; else the store keeps it for another worker. */
  readonly ends: boolean;
  readonly reason?: string;
}

/** What a scenario needs of its world. */
export interface WorldOptions {
  /** Milliseconds that an attempt may take, where the queue has one limit for all. */
  readonly limitMillis?: number;
  /** Other processes take part. */
  readonly processes?: boolean;
  /** Default `wrapper`. */
  readonly form?: Form | undefined;
  /** How it is observed. */
  readonly observed?: Observed;
  readonly schedules?: boolean;
}

/** Drives one engine. */
export interface Driver {
  readonly engine: EngineName;
  readonly traits: Traits;
  /** Whether the engine can be had here; throws with a clear message where not. */
  start(): Promise<void>;
  open(box: Signalbox, ledger: Ledger, options?: WorldOptions): Promise<World>;
  /** A worker at a queue that another process opened. */
  join?(box: Signalbox, address: Address, handler: Handler): Promise<Worker>;
  stop(): Promise<void>;
}
