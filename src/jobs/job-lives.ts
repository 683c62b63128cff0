import type { Attributes, Context } from '@opentelemetry/api';
import type { Carried } from './baggage.js';
import type { JobInfo } from './job.js';
import type { EndOfLife } from './recent-ends.js';
import { RecentEnds } from './recent-ends.js';

/** What is known of an attempt. */
export interface KnownAttempt {
  readonly job: JobInfo;
  readonly number: number | undefined;
  readonly worker: string | undefined;
  /** The context in which its signals are emitted, and the attributes that its span has of the job already. */
  readonly emitIn: Context;
  readonly says: ReadonlySet<string> | undefined;
  /** What is told of its baggage. */
  readonly carried: Carried | null;
}

/** An attempt that runs here, as seen by code that hears of its job's end. */
export interface Living {
  readonly known: KnownAttempt;
  turnaround(end: number): number | undefined;
  /** Now, or the given moment, by the clock that measures the attempt. */
  moment(given: number | undefined): number;
  /** Attributes of its span. */
  describe(attributes: Attributes): void;
  completed(): void;
  /** Its job's end was emitted by another. */
  taken(end: EndOfLife): void;
}

/** An end, and its number. */
interface KeptEnd extends EndOfLife {
  readonly number: number;
}

/** Jobs of which it is known at most that attempts run here. */
const KEPT = 10_000;

/** The lives of jobs by job id: which attempts run here, and whether the end was emitted. A job that comes back begins a new life. */
export class Lives {
  readonly #ended = new RecentEnds<KeptEnd>();
  #ends = 0;
  /** Mostly one attempt, kept without a list: a list for each job would take most of the memory of its entry. */
  readonly #running = new Map<string, Living | readonly Living[]>();

  /** How many ends the box has emitted. Whatever begins now comes after that many. */
  get ends(): number {
    return this.#ends;
  }

  /** An attempt begins: an end that was emitted before is of an earlier life. */
  begin(id: string | undefined, attempt: Living): void {
    if (id === undefined) return;
    this.#ended.forget(id);
    const others = this.#running.get(id);
    if (others !== undefined) this.#running.set(id, [...listOf(others), attempt]);
    else if (this.#running.size < KEPT) this.#running.set(id, attempt);
  }

  /** It has ended. */
  leave(id: string | undefined, attempt: Living): void {
    const attempts = id === undefined ? undefined : this.#running.get(id);
    if (id === undefined || attempts === undefined) return;
    if (attempts === attempt) {
      this.#running.delete(id);
      return;
    }
    const [other, ...more] = listOf(attempts).filter((one) => one !== attempt);
    if (other === undefined) this.#running.delete(id);
    else this.#running.set(id, more.length === 0 ? other : [other, ...more]);
  }

  /** The attempt of the job that began last, of those that run here. */
  running(id: string | undefined): Living | undefined {
    const attempts = id === undefined ? undefined : this.#running.get(id);
    return attempts && listOf(attempts).at(-1);
  }

  /** The end of its life, where that was emitted. */
  endOf(id: string | undefined): EndOfLife | undefined {
    return id === undefined ? undefined : this.#ended.get(id);
  }

  /** The job's end was emitted: no other attempt of it that runs here emits one. */
  end(id: string | undefined, end: EndOfLife, by?: Living): void {
    if (id === undefined) return;
    const { at, reason, runnableAt } = end;
    this.#ended.keep(id, { at, reason, runnableAt, number: ++this.#ends });
    const attempts = this.#running.get(id);
    if (attempts === undefined || attempts === by) return;
    for (const attempt of listOf(attempts)) if (attempt !== by) attempt.taken(end);
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

  /**
   * A job of its id came by what began after so many ends, at `at` in epoch milliseconds. An end before that is of an earlier life, also in the
   * same moment. One that was emitted since is its own, unless it happened before `at`.
   */
  came(id: string | undefined, endsBefore: number, at: number): void {
    const ended = id === undefined ? undefined : this.#ended.get(id);
    if (ended && ended.number <= endsBefore) this.#ended.forget(id as string);
    else this.again(id, at);
  }
}

function listOf(attempts: Living | readonly Living[]): readonly Living[] {
  return isList(attempts) ? attempts : [attempts];
}

function isList(attempts: Living | readonly Living[]): attempts is readonly Living[] {
  return Array.isArray(attempts);
}
