import { now } from '../queue/clock.js';
import type { JobCall, Processor } from '../queue/index.js';
import type { Move } from './books.js';
import type { Stored } from './stored-engine.js';

/** An attempt as an engine hands it out. */
export interface HandedOut {
  readonly id: string;
  readonly stored: Stored;
  readonly attempt: number;
  readonly worker: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How many attempts a job gets. */
export const MAX_ATTEMPTS = 3;

/** What a desk works with. */
export interface DeskOptions {
  readonly processors: readonly Processor[];
  /** How long a job waits after this attempt, counted from 1. */
  readonly backoffMillis: (attempt: number) => number;
  /** Told of each job that begins, ends or waits for its retry: this is for the producer's books. */
  readonly tell: (move: Move) => void;
}

/** Where the workers of an engine that keeps its jobs elsewhere bring their attempts: it knows who does them, and when each could run. */
export class Desk {
  readonly #processors: ReadonlyMap<string, Processor>;
  readonly #backoffMillis: DeskOptions['backoffMillis'];
  readonly #tell: DeskOptions['tell'];
  /** By the id of the plan, of jobs that wait for a retry: the earliest moment at which it can run. */
  readonly #retryAt = new Map<string, number>();

  constructor({ processors, backoffMillis, tell }: DeskOptions) {
    this.#processors = new Map(processors.map((processor) => [processor.type, processor]));
    this.#backoffMillis = backoffMillis;
    this.#tell = tell;
  }

  /** Runs one attempt. Throws what the handler throws. */
  async run(type: string, { id, stored, attempt, worker, signal }: HandedOut): Promise<void> {
    const processor = this.#processors.get(type);
    if (processor === undefined) throw new TypeError(`nobody does '${type}'`);
    const { planned, payload, runnableAt } = stored;
    const call: JobCall = {
      id,
      type,
      priority: 0,
      payload: { ...payload, planned },
      attempt,
      maxAttempts: MAX_ATTEMPTS,
      worker: worker as string,
      runnableAt: this.#retryAt.get(planned) ?? runnableAt,
      // One of its own: an engine may give the same to all that run.
      signal: signal ? AbortSignal.any([signal]) : new AbortController().signal,
    };
    this.#retryAt.delete(planned);
    this.#tell({ from: attempt > 1 ? 'delayed' : 'waiting', to: 'active' });
    try {
      await processor.process(call);
    } catch (error) {
      const mayRetry = attempt < MAX_ATTEMPTS;
      if (mayRetry) this.#retryAt.set(planned, now() + this.#backoffMillis(attempt));
      this.#tell({ from: 'active', to: mayRetry ? 'delayed' : 'abandoned' });
      throw error;
    }
    this.#tell({ from: 'active', to: 'completed' });
  }
}
