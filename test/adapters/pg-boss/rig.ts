import { randomUUID } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { ConstructorOptions, Queue } from 'pg-boss';
import { fromPglite, PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import type { PgBossJobs, PgBossJobsOptions } from 'signalbox/pg-boss';
import { pgBossJobs } from 'signalbox/pg-boss';
import { afterAll, beforeAll } from 'vitest';
import { newDataFolder } from '../../support/data-folder.js';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';

const dataFolder = await newDataFolder();

/** The rig of a test file: started before its tests, stopped after them. */
export function useRig(options?: PgBossJobsOptions): Rig {
  const rig = new Rig(options);
  beforeAll(async () => {
    await rig.boss.start();
  }, 120_000);
  afterAll(() => rig.stop());
  return rig;
}

/** An embedded PostgreSQL, an SDK, and a boss on them: shared by the tests of a file, each of which has a queue of its own. */
export class Rig {
  readonly otel: TestOtel = startOtel();
  readonly box = createSignalbox();
  readonly pglite = new PGlite({ loadDataDir: dataFolder });
  readonly jobs: PgBossJobs;
  readonly boss: PgBoss;
  readonly #bosses: PgBoss[] = [];

  constructor(options?: PgBossJobsOptions) {
    this.jobs = pgBossJobs(this.box, options);
    this.boss = this.observed();
  }

  /** Options that suit tests: nothing runs by itself that a test does not wait for. */
  options(more: Partial<ConstructorOptions> = {}): ConstructorOptions {
    return {
      db: fromPglite(this.pglite),
      backend: 'pglite',
      supervise: false,
      schedule: false,
      monitorIntervalSeconds: 1,
      ...more,
    };
  }

  /** One more boss on the same database, observed. */
  observed(more: Partial<ConstructorOptions> = {}, jobs: PgBossJobs = this.jobs): PgBoss {
    return this.#keep(jobs.boss(new PgBoss(jobs.options(this.options(more)))));
  }

  /** One that nothing observes, as another process may have. */
  plain(more: Partial<ConstructorOptions> = {}): PgBoss {
    return this.#keep(new PgBoss(this.options(more)));
  }

  #keep(boss: PgBoss): PgBoss {
    boss.on('error', () => undefined);
    this.#bosses.push(boss);
    return boss;
  }

  /** A queue that no other test has, and its name. Its jobs are not retried unless the options say so. */
  async newQueue(options: Partial<Queue> = {}): Promise<string> {
    const name = `q-${randomUUID()}`;
    await this.boss.createQueue(name, { retryLimit: 0, ...options });
    return name;
  }

  async stop(): Promise<void> {
    for (const boss of this.#bosses) await boss.stop({ graceful: false });
    await this.pglite.close();
    await this.box.shutdown();
    await this.otel.shutdown();
    resetOtel();
  }

  /** Resolves once all is told that calls of the app have come to. */
  async told(): Promise<void> {
    await this.box.forceFlush();
  }

  /** Records of a queue, in order; of one name where it is given. */
  records(queue: string, eventName?: string): ReadableLogRecord[] {
    return this.otel
      .logs(eventName)
      .filter(({ attributes }) => attributes['messaging.destination.name'] === queue);
  }

  /** The names of a queue's records, in order, without those of its workers. */
  story(queue: string): string[] {
    return this.records(queue).flatMap(({ eventName }) =>
      eventName?.startsWith('worker.') ? [] : [eventName ?? ''],
    );
  }

  spans(queue: string, operation: 'enqueue' | 'process' | 'settle'): ReadableSpan[] {
    return this.otel.spans(`${operation} ${queue}`);
  }

  /** The id of the span of which the settle span is a child that has this record. */
  enqueueOf(queue: string, end: ReadableLogRecord | undefined): string | undefined {
    const own = this.spans(queue, 'settle').find(
      (span) => span.spanContext().spanId === end?.spanContext?.spanId,
    );
    return own?.parentSpanContext?.spanId;
  }

  /** The database's row of a job. */
  async row(queue: string, id: string): Promise<{ state: string; output: unknown; data: unknown }> {
    const [job] = await this.boss.findJobs(queue, { id });
    if (!job) throw new Error(`there is no job ${id} in ${queue}`);
    return job;
  }
}

/** Fetches as often as pg-boss allows. */
export const QUICK = { pollingIntervalSeconds: 0.5 } as const;

/** Resolves once `found` gives something. */
export async function until<T>(what: string, found: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = await found();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
