import type { JobCall, NewJob, Processor } from '../queue/index.js';
import type { JobCounts } from '../queue/roster.js';

/** What an engine stores of a job: the payload, and the id that it has in the plan. */
export interface Stored {
  readonly planned: string;
  readonly payload: object;
}

/** An attempt as an engine hands it out. */
export interface HandedOut {
  readonly id: string;
  readonly stored: Stored;
  readonly attempt: number;
  readonly worker: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MAX_ATTEMPTS = 3;
const now = (): number => performance.timeOrigin + performance.now();

/**
 * Keeps the books of a run on an engine that keeps its jobs elsewhere: what was accepted and has ended, and when a job could run, by the
 * clock of the producer and the handlers.
 */
export class Desk {
  readonly #backoffMillis: (attempt: number) => number;
  readonly #processors: ReadonlyMap<string, Processor>;
  /** By the id of the plan, until the job's end: the earliest moment at which its next attempt can run. */
  readonly #runnableAt = new Map<string, number>();
  readonly #idlers: (() => void)[] = [];
  #accepted = 0;
  #completed = 0;
  #abandoned = 0;
  #active = 0;
  #delayed = 0;

  constructor(processors: readonly Processor[], backoffMillis: (attempt: number) => number) {
    this.#processors = new Map(processors.map((processor) => [processor.type, processor]));
    this.#backoffMillis = backoffMillis;
  }

  /** What is to be stored of a job, and when it was put in. */
  take({ id, payload }: NewJob): { readonly stored: Stored; readonly runnableAt: number } {
    const runnableAt = now();
    this.#accepted++;
    this.#runnableAt.set(id, runnableAt);
    return { stored: { planned: id, payload: payload as object }, runnableAt };
  }

  /** It was taken back before it began. `id` is the plan's. */
  withdrawn(id: string): void {
    this.#abandoned++;
    this.#ended(id);
  }

  /** Runs one attempt. Throws what the handler throws. */
  async run(type: string, { id, stored, attempt, worker, signal }: HandedOut): Promise<void> {
    const processor = this.#processors.get(type);
    if (processor === undefined) throw new TypeError(`nobody does '${type}'`);
    if (attempt > 1) this.#delayed--;
    this.#active++;
    const call: JobCall = {
      id,
      type,
      priority: 0,
      payload: { ...stored.payload, planned: stored.planned },
      attempt,
      maxAttempts: MAX_ATTEMPTS,
      worker: worker as string,
      runnableAt: this.#runnableAt.get(stored.planned) as number,
      // One of its own: an engine may give the same to all that run.
      signal: signal ? AbortSignal.any([signal]) : new AbortController().signal,
    };
    try {
      await processor.process(call);
      this.#completed++;
      this.#active--;
      this.#ended(stored.planned);
    } catch (error) {
      this.#active--;
      if (attempt < MAX_ATTEMPTS) {
        this.#delayed++;
        this.#runnableAt.set(stored.planned, now() + this.#backoffMillis(attempt));
      } else {
        this.#abandoned++;
        this.#ended(stored.planned);
      }
      throw error;
    }
  }

  counts(): JobCounts {
    const [accepted, completed, abandoned] = [this.#accepted, this.#completed, this.#abandoned];
    const waiting = accepted - completed - abandoned - this.#active - this.#delayed;
    return { accepted, completed, abandoned, waiting, delayed: this.#delayed, active: this.#active };
  }

  /** Resolves when every accepted job has ended. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idlers.push(resolve);
      this.#tell();
    });
  }

  #ended(id: string): void {
    this.#runnableAt.delete(id);
    this.#tell();
  }

  #tell(): void {
    if (this.#accepted > this.#completed + this.#abandoned) return;
    for (const resolve of this.#idlers.splice(0)) resolve();
  }
}
