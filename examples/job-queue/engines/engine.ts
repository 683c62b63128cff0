import type { JobQueue, NewJob, Processor } from '../queue/index.js';
import type { JobCounts } from '../queue/roster.js';
import type { Box } from '../telemetry.js';
import type { Move } from './books.js';
import type { Address, StoredEngineName, Workers } from './stored-engine.js';
import { STORED_ENGINES } from './stored-engine.js';

/** The engines that the example's jobs can run on. */
export const ENGINES = ['memory', ...STORED_ENGINES] as const;
export type EngineName = 'memory' | StoredEngineName;

/** An engine can not be had here. Its message says what it needs. */
export class NoEngine extends Error {}

/** What became of a job that was offered. */
export type Offered =
  | {
      readonly accepted: true;
      /** Epoch ms: from when it may run. */
      readonly runnableAt: number;
      /** Where the engine gives ids of its own. */
      readonly id?: string;
      /** As the engine counts priorities. */
      readonly priority?: number;
      /** Takes it back; false where it has begun. Without it, the job's own signal does that. */
      readonly withdraw?: () => Promise<boolean>;
    }
  | Extract<ReturnType<JobQueue['enqueue']>, { accepted: false }>;

/** Takes jobs, or refuses them. */
export interface Taker {
  enqueue(job: NewJob): Offered | Promise<Offered>;
  /** It takes whatever comes. */
  readonly unbounded?: boolean;
}

/** A job engine that plays the example's jobs. */
export interface Engine extends Taker {
  counts(): JobCounts;
  /** Resolves when every accepted job has ended. */
  idle(): Promise<void>;
  /** Ends the workers: what runs is finished. */
  shutdown(): Promise<void>;
  /** What a reader of its run should know. */
  readonly notes: readonly string[];
}

/** Where workers find their jobs. */
export interface Workplace {
  readonly engine: StoredEngineName;
  readonly address: Address;
}

/** Starts workers elsewhere. `moved` is to be told of the jobs that they begin and end. */
export type Hire = (workplace: Workplace, moved: (move: Move) => void) => Promise<Workers>;

/** What an engine is started with. */
export interface EngineSetup {
  readonly box: Box;
  readonly relation: 'parent' | 'link' | 'none';
  readonly workers: number;
  readonly capacity: number;
  readonly speed: number;
  readonly timeoutMillis: number | undefined;
  readonly healthMillis: number;
  /** Who does the jobs: processors of this process, or workers that are hired elsewhere. */
  readonly crew: readonly Processor[] | Hire;
}

/** Starts an engine; what it is made of is loaded now, for the others need none of it. */
export async function startEngine(name: EngineName, setup: EngineSetup): Promise<Engine> {
  return name === 'memory'
    ? (await import('./memory.js')).startMemory(setup)
    : (await import('./start-stored.js')).startStored(name, setup);
}
