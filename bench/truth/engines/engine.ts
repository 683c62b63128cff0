import type { Signalbox } from 'signalbox';
import type { Plan } from '../plan.js';
import type { StoreServer } from '../stores/store.js';

export const engineNames = ['bullmq', 'pg-boss', 'graphile-worker'] as const;
export type EngineName = (typeof engineNames)[number];

/** A handler's call. */
export interface Run {
  readonly id: string;
  /** As the engine counts attempts, this one included. */
  readonly number: number;
  readonly plan: Plan;
}

export interface Producing {
  /** Gives the job's id. Rejects where the engine says so. */
  add(plan: Plan): Promise<string>;
  /** Frees what workers hold that are gone, where the engine leaves that to people. */
  free(holders: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface Working {
  close(): Promise<void>;
}

/** What the process that works tells beside its handler. */
export interface WorkNotes {
  trouble(what: unknown): void;
  holder(id: string): void;
}

/** What the engine's own store says of a job. */
export interface StoredJob {
  readonly key: string;
  readonly state: 'completed' | 'failed' | 'open';
  /** Attempts made; undefined where it does not say. */
  readonly attempts: number | undefined;
  /** What it failed of. */
  readonly why: string | undefined;
}

/** One engine as all of this drives it. */
export interface Engine {
  readonly name: EngineName;
  /** `messaging.system.name` */
  readonly system: string;
  startStore(): Promise<StoreServer>;
  /** Makes what must be there before anybody works. */
  prepare(url: string): Promise<void>;
  produce(box: Signalbox, url: string, notes: WorkNotes): Promise<Producing>;
  work(box: Signalbox, url: string, handler: (run: Run) => Promise<void>, notes: WorkNotes): Promise<Working>;
  /** Jobs that have not ended. */
  open(url: string): Promise<number>;
  /** By id. */
  read(url: string): Promise<Map<string, StoredJob>>;
}
