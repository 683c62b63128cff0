import type { Monitor } from 'signalbox/jobs';
import type { NewJob } from '../queue/index.js';
import type { Box } from '../telemetry.js';
import type { Desk } from './desk.js';

/** The engines that keep their jobs in a store, which more than one process can reach. */
export const STORED_ENGINES = ['bullmq', 'pg-boss', 'graphile-worker'] as const;
export type StoredEngineName = (typeof STORED_ENGINES)[number];

/** How a process reaches a store. */
export interface Address {
  readonly url: string;
  /** A prefix or schema, so that the run's jobs are never among those of somebody else. */
  readonly namespace: string;
}

/** Where an engine keeps its jobs. */
export interface Store {
  readonly address: Address;
  /** In a sentence for a person. */
  readonly where: string;
  /** Ends it where it was started here, else takes away what the run has put there. */
  stop(): Promise<void>;
}

/** What an engine stores of a job: the payload, the id that it has in the plan, and from when it can run, in epoch milliseconds. */
export interface Stored {
  readonly planned: string;
  readonly payload: object;
  readonly runnableAt: number;
}

/** A job that was put into the store. */
export interface Taken {
  readonly id: string;
  /** As the engine counts priorities. */
  readonly priority: number;
  /** Takes it back; false where it has begun. */
  readonly withdraw: () => Promise<boolean>;
}

/** Puts jobs into the store, and watches it by its monitors. */
export interface Intake {
  enqueue(job: NewJob, stored: Stored): Promise<Taken>;
  close(): Promise<void>;
}

/** Those who do the jobs. */
export interface Workers {
  /** Ends them: what runs is finished. */
  stop(): Promise<void>;
}

/** One process's connection to a store, with its telemetry. */
export interface Link {
  openIntake(healthMillis: number): Promise<Intake>;
  startWorkers(desk: Desk): Promise<Workers>;
  close(): Promise<void>;
}

/** What a process is connected with. */
export interface LinkSetup {
  readonly box: Box;
  readonly relation: 'parent' | 'link' | 'none';
  readonly workers: number;
  readonly speed: number;
}

/** An engine that keeps its jobs in a store. What puts them in and what does them can be two processes. */
export interface StoredEngine {
  /**
   * Starts the store or finds it; where `apart`, one that two processes can reach.
   *
   * @throws {NoEngine} Where there is none.
   */
  open(apart: boolean): Promise<Store>;
  connect(address: Address, setup: LinkSetup): Promise<Link>;
  /** How long a job waits after this attempt, counted from 1. */
  backoffMillis(attempt: number, speed: number): number;
  /** What a reader of a run should know. */
  note(where: string, setup: Pick<LinkSetup, 'workers' | 'speed'>): string;
}

/** Ends monitors, all of them. */
export function stopAll(monitors: readonly Monitor[]): void {
  for (const monitor of monitors) monitor.stop();
}

/** What an engine is made of is loaded now, for the others need none of it. */
export async function loadEngine(name: StoredEngineName): Promise<StoredEngine> {
  switch (name) {
    case 'bullmq':
      return (await import('./bullmq.js')).bullmq;
    case 'pg-boss':
      return (await import('./pg-boss.js')).pgBoss;
    case 'graphile-worker':
      return (await import('./graphile-worker.js')).graphile;
  }
}
