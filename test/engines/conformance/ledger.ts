/**
 * What truly happened in one scenario, written by those who asked for jobs and by handlers, never by telemetry. Moments are epoch
 * milliseconds of this machine's clock.
 */
export interface Asked {
  /** Just before and just after the engine was asked. */
  readonly from: number;
  readonly to: number;
  readonly delayMillis: number;
  readonly priority: number | undefined;
}

/** What a handler did with an attempt; `killed` with its process. */
export type Deed = 'runs' | 'returned' | 'threw' | 'killed';

/** What became of an attempt. Told by the scenario where it is not what the handler did. */
export type Settled = 'completed' | 'failed' | 'timed_out' | 'deferred' | 'lost';

export interface LedgerAttempt {
  /** As the engine counts; undefined for a start that counts for nothing. */
  number: number | undefined;
  readonly from: number;
  to: number | undefined;
  did: Deed;
  /** What it threw. */
  error: unknown;
  settled: Settled | undefined;
  /** The process that ran it. */
  readonly pid: number;
  /** One handler call for several jobs: the same number for all of them. */
  readonly batch: number | undefined;
}

/** The bad ends of a job are reasons of abandonment; `none` where it still lives. */
export type End = 'completed' | 'abandoned' | 'none';

export interface LedgerLife {
  readonly attempts: LedgerAttempt[];
  end: End;
  reason: string | undefined;
}

export interface LedgerJob {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  /** Undefined where nobody asked: a schedule did. */
  readonly asked: Asked | undefined;
  /** Times that it was asked for again while it was there. */
  duplicates: number;
  /** More than one where it was brought back after its end. */
  readonly lives: LedgerLife[];
}

/** The ledger of one scenario. */
export class Ledger {
  readonly jobs = new Map<string, LedgerJob>();
  /** Texts that may be in no telemetry: payloads and results. */
  readonly secrets: string[] = [];
  #batches = 0;

  secret(): string {
    const text = `secret${Math.random().toString(36).slice(2)}`;
    this.secrets.push(text);
    return text;
  }

  accepted(id: string, queue: string, type: string, asked: Asked | undefined): LedgerJob {
    const known = this.jobs.get(id);
    if (known) throw new Error(`The job ${id} was accepted twice.`);
    const job: LedgerJob = {
      id,
      queue,
      type,
      asked,
      duplicates: 0,
      lives: [{ attempts: [], end: 'none', reason: undefined }],
    };
    this.jobs.set(id, job);
    return job;
  }

  duplicate(id: string): void {
    this.job(id).duplicates++;
  }

  /** The job is there again. */
  revived(id: string): void {
    this.job(id).lives.push({ attempts: [], end: 'none', reason: undefined });
  }

  began(
    id: string,
    number: number | undefined,
    more: { pid?: number; batch?: number; from?: number } = {},
  ): LedgerAttempt {
    const attempt: LedgerAttempt = {
      number,
      from: more.from ?? Date.now(),
      to: undefined,
      did: 'runs',
      error: undefined,
      settled: undefined,
      pid: more.pid ?? process.pid,
      batch: more.batch,
    };
    this.life(id).attempts.push(attempt);
    return attempt;
  }

  nextBatch(): number {
    return ++this.#batches;
  }

  ended(id: string, end: End, reason?: string): void {
    const life = this.life(id);
    life.end = end;
    life.reason = reason;
  }

  job(id: string): LedgerJob {
    const job = this.jobs.get(id);
    if (!job) throw new Error(`Nobody asked for the job ${id}.`);
    return job;
  }

  /** The present life of a job. */
  life(id: string): LedgerLife {
    return this.job(id).lives.at(-1) as LedgerLife;
  }

  attempts(id: string): readonly LedgerAttempt[] {
    return this.job(id).lives.flatMap((life) => life.attempts);
  }

  /** What a handler did, as it is seen by the handler. */
  async during<T>(attempt: LedgerAttempt, handler: () => T | Promise<T>): Promise<T> {
    try {
      const value = await handler();
      attempt.did = 'returned';
      return value;
    } catch (error) {
      attempt.did = 'threw';
      attempt.error = error;
      throw error;
    } finally {
      attempt.to = Date.now();
    }
  }
}
