import type { JobWithMetadata } from 'pg-boss';
import type { Attempt } from '../../jobs/attempt-info.js';
import type { AttemptsHere } from '../common/attempts-here.js';
import { listAttempts } from '../common/attempts-here.js';
import { UnderWay } from './under-way.js';

/** The fields of a job that telemetry knows: never its data. */
export type KnownJob = Pick<
  JobWithMetadata<unknown>,
  | 'id'
  | 'name'
  | 'state'
  | 'policy'
  | 'priority'
  | 'retryCount'
  | 'retryLimit'
  | 'retryDelay'
  | 'retryBackoff'
  | 'expireInSeconds'
  | 'heartbeatSeconds'
  | 'createdOn'
  | 'startAfter'
  | 'startedOn'
  | 'output'
>;

/** A job that runs here, in a handler or because the app fetched it. */
export interface Held {
  readonly attempt: Attempt;
  /** The job that pg-boss handed out. Undefined if fields of it are not known. */
  readonly job: KnownJob | undefined;
  /** Set if the app fetched the job: no handler's end is its end. */
  readonly fetched?: Fetched;
}

export interface Fetched {
  /** By the clock of `performance`: when pg-boss may give the job to another worker. */
  readonly until: number;
  readonly limitMillis: number;
}

/** The jobs that run here, by their ids. */
export class RunningHere {
  readonly #held = new Map<string, Held>();
  readonly #beginning = new Map<string, Promise<void>>();
  /** Commands of the app, by the jobs or queues that they are about, from the call until their signals are emitted. */
  readonly commands: UnderWay = new UnderWay();
  /** Such commands whose result is known, until their signals are emitted. */
  readonly heard: UnderWay = new UnderWay();

  /** Finds the attempt of a job for `within`. */
  readonly attempts: AttemptsHere = {
    find: (job) => {
      const held = this.#held.get(idIn(job));
      return held && { handed: undefined, within: (fn) => held.attempt.within(fn) };
    },
    begun: (job) => this.#beginning.get(idIn(job)),
  };

  constructor() {
    listAttempts('pg-boss', this.attempts);
  }

  get(id: string): Held | undefined {
    return this.#held.get(id);
  }

  hold(id: string, held: Held): void {
    this.#held.set(id, held);
  }

  release(id: string, attempt?: Attempt): void {
    if (attempt === undefined || this.#held.get(id)?.attempt === attempt) this.#held.delete(id);
  }

  /** These jobs were fetched. Their attempts begin when `known` resolves. */
  beginning(ids: readonly string[], known: Promise<void>): void {
    for (const id of ids) this.#beginning.set(id, known);
    const over = (): void => {
      for (const id of ids) if (this.#beginning.get(id) === known) this.#beginning.delete(id);
    };
    void known.then(over, over);
  }

  /** Resolves when the attempts of these jobs have begun. Undefined if they have begun already. */
  begun(ids: readonly string[]): Promise<unknown> | undefined {
    const waits = new Set(ids.flatMap((id) => this.#beginning.get(id) ?? []));
    return waits.size === 0 ? undefined : Promise.allSettled([...waits]);
  }

  /** Resolves when the attempts that are about to begin have begun, and the commands under way have emitted their signals. */
  settled(): Promise<unknown> {
    return Promise.allSettled([...this.#beginning.values(), this.commands.all()]);
  }
}

function idIn(job: object): string {
  return String((job as { readonly id?: unknown }).id);
}
