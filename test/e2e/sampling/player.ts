import { setTimeout as pause } from 'node:timers/promises';
import type { Signalbox } from 'signalbox';
import type { Carrier, Enqueue, Jobs, QueueTelemetry, Relation } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { now } from '../../../examples/job-queue/queue/clock.js';
import type { LedgerAttempt, LedgerJob } from './ledger.js';
import type { Kind, KindName } from './play.js';
import { KINDS } from './play.js';

const TYPES = ['email', 'report', 'payment'] as const;
/** So many are on their way at once. */
const WORKERS = 150;

/** A job that is in the queue. */
interface Waiting {
  readonly id: string;
  readonly type: string;
  readonly kind: Kind;
  readonly carrier: Carrier;
  readonly runnableAt: number;
  readonly traceId: string;
}

/** A queue of a few lines, observed by `signalbox/jobs`, that notes what it does. */
export class Player {
  readonly #jobs: Jobs;
  readonly #queues = new Map<string, { telemetry: QueueTelemetry; waiting: Waiting[] }>();
  #made = 0;
  #done: LedgerJob[] = [];

  constructor(box: Signalbox<string>) {
    this.#jobs = createJobs(box);
  }

  /** What was done since the last time: a job whose enqueue and end are both in it is in it twice. */
  take(): LedgerJob[] {
    return this.#done.splice(0);
  }

  async play(name: string, relation: Relation, kinds: readonly KindName[]): Promise<void> {
    const left = [...kinds];
    const worker = async (): Promise<void> => {
      for (let kind = left.shift(); kind !== undefined; kind = left.shift()) {
        const job = this.#enqueue(name, relation, KINDS[kind]);
        if (job) await this.#work(name, job);
        // Other things of this process have their turn too, as its exports.
        await pause(1);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
  }

  enqueue(name: string, relation: Relation, kinds: readonly KindName[]): void {
    for (const kind of kinds) {
      const job = this.#enqueue(name, relation, KINDS[kind]);
      if (job) this.#queue(name, relation).waiting.push(job);
    }
  }

  async work(name: string): Promise<void> {
    const waiting = this.#queues.get(name)?.waiting.splice(0) ?? [];
    await Promise.all(waiting.map((job) => this.#work(name, job)));
  }

  #queue(name: string, relation: Relation): { telemetry: QueueTelemetry; waiting: Waiting[] } {
    const queue = this.#queues.get(name) ?? {
      telemetry: this.#jobs.queue(name, { types: [...TYPES], relation }),
      waiting: [],
    };
    this.#queues.set(name, queue);
    return queue;
  }

  #enqueue(name: string, relation: Relation, kind: Kind): Waiting | undefined {
    const number = this.#made++;
    const [id, type] = [`job_${number}`, TYPES[number % TYPES.length] ?? TYPES[0]];
    const enqueue: Enqueue = this.#queue(name, relation).telemetry.enqueue({ id, type, maxAttempts: 2 });
    const traceId = traceOf(enqueue.carrier);
    if (kind.rejected !== undefined) {
      enqueue.rejected(kind.rejected);
      this.#done.push({ queue: name, type, traceId, rejected: kind.rejected, attempts: [] });
      return undefined;
    }
    enqueue.accepted();
    this.#done.push({ queue: name, type, traceId, attempts: [] });
    return { id, type, kind, carrier: enqueue.carrier, runnableAt: now(), traceId };
  }

  async #work(name: string, job: Waiting): Promise<void> {
    const { id, type, kind, carrier, traceId } = job;
    const telemetry = this.#queues.get(name)?.telemetry;
    if (!telemetry) throw new Error(`there is no queue ${name}`);
    if (kind.waitMillis !== undefined) await pause(kind.waitMillis);
    const attempts: LedgerAttempt[] = [];
    let runnableAt = job.runnableAt;
    for (const [i, { how, runMillis }] of kind.attempts.entries()) {
      const isLast = i === kind.attempts.length - 1;
      const startedAt = now();
      const attempt = telemetry.attempt({
        job: { id, type, maxAttempts: 2 },
        ...{ carrier, number: i + 1, runnableAt, firstRunnableAt: job.runnableAt, startedAt },
      });
      if (runMillis !== undefined) await pause(runMillis);
      const endedAt = now();
      const abandoned = isLast ? kind.abandoned : undefined;
      if (how === 'completes') attempt.completed({ endedAt });
      else if (how === 'is lost') attempt.lost({ endedAt, abandoned });
      else
        attempt.failed(
          Object.assign(new Error('no answer'), { code: 'no_answer' }),
          abandoned === undefined ? { retry: true, delayMillis: 0 } : { retry: false, reason: abandoned },
          { endedAt },
        );
      attempts.push({
        traceId: traceOf(attempt.carrier),
        outcome: OUTCOMES[how],
        ...ERRORS[how],
        waitMillis: startedAt - runnableAt,
        runMillis: endedAt - startedAt,
      });
      runnableAt = endedAt;
    }
    const reason = kind.abandoned;
    if (reason !== undefined && attempts.length === 0)
      telemetry.abandoned({ id, type }, { reason, carrier, runnableAt: job.runnableAt });
    const end =
      reason === undefined ? ({ outcome: 'completed' } as const) : { outcome: 'abandoned' as const, reason };
    this.#done.push({ queue: name, type, traceId, attempts, end });
  }
}

const OUTCOMES = { completes: 'completed', fails: 'failed', 'is lost': 'lost' } as const;
const ERRORS = {
  completes: {},
  fails: { errorType: 'no_answer' },
  'is lost': { errorType: 'lost' },
} as const;

function traceOf(carrier: Carrier): string {
  const [, traceId] = String(carrier.traceparent).split('-');
  if (traceId === undefined) throw new Error(`no trace is named by ${JSON.stringify(carrier)}`);
  return traceId;
}
