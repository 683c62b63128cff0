import type { Attributes, Context } from '@opentelemetry/api';
import type { JobInfo } from './job.js';
import type { EndOfLife } from './recent-ends.js';
import { RecentEnds } from './recent-ends.js';

/** What is known of an attempt. */
export interface KnownAttempt {
  readonly job: JobInfo;
  readonly number: number | undefined;
  readonly worker: string | undefined;
  /** In which its signals are emitted, and what the span there says of the job already. */
  readonly emitIn: Context;
  readonly says: ReadonlySet<string> | undefined;
}

/** An attempt that runs here, as whoever hears of its job's end sees it. */
export interface Living {
  readonly known: KnownAttempt;
  turnaround(end: number): number | undefined;
  /** Now, or a moment that is given, by the clock that it is measured by. */
  moment(given: number | undefined): number;
  /** Attributes of its span. */
  describe(attributes: Attributes): void;
  completed(): void;
  /** Its job's end was emitted by another. */
  taken(end: EndOfLife): void;
}

/** Jobs of which it is known at most that attempts run here. */
const KEPT = 10_000;

/** The lives of jobs by job id: what runs of each here, and whether its end was emitted. A job that comes back has a new one. */
export class Lives {
  readonly #ended = new RecentEnds();
  readonly #running = new Map<string, Set<Living>>();

  /** An attempt begins: an end that was emitted before is of an earlier life. Returns its undo. */
  begin(id: string | undefined, attempt: Living): () => void {
    if (id === undefined) return () => undefined;
    this.#ended.forget(id);
    const attempts = this.#running.get(id) ?? new Set();
    if (attempts.size === 0 && this.#running.size >= KEPT) return () => undefined;
    this.#running.set(id, attempts.add(attempt));
    return () => {
      attempts.delete(attempt);
      if (attempts.size === 0 && this.#running.get(id) === attempts) this.#running.delete(id);
    };
  }

  /** The attempt of the job that began last, of those that run here. */
  running(id: string | undefined): Living | undefined {
    return id === undefined ? undefined : [...(this.#running.get(id) ?? [])].at(-1);
  }

  /** The end of its life, where that was emitted. */
  endOf(id: string | undefined): EndOfLife | undefined {
    return id === undefined ? undefined : this.#ended.get(id);
  }

  /** Its end was emitted: whatever else runs of it here emits no other. */
  end(id: string | undefined, end: EndOfLife, by?: Living): void {
    if (id === undefined) return;
    this.#ended.keep(id, end);
    const attempts = this.#running.get(id);
    if (!attempts || (attempts.size === 1 && by && attempts.has(by))) return;
    for (const attempt of [...attempts]) if (attempt !== by) attempt.taken(end);
  }

  /** The job was seen to live, in epoch milliseconds where that is known: an end that was emitted before is of an earlier life. */
  seen(id: string | undefined, at: number = Number.POSITIVE_INFINITY): void {
    const ended = id === undefined ? undefined : this.#ended.get(id);
    if (ended && at > ended.at) this.#ended.forget(id as string);
  }

  /** The job came back, or another of its id came, in epoch milliseconds where that is known: an earlier one is of the life that ended. */
  again(id: string | undefined, at: number = Number.POSITIVE_INFINITY): void {
    const ended = id === undefined ? undefined : this.#ended.get(id);
    if (ended && at > Math.max(ended.at, ended.runnableAt ?? 0)) this.#ended.forget(id as string);
  }
}
