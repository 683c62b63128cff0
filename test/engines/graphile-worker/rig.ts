import { EventEmitter } from 'node:events';
import type { JobHelpers, RunnerOptions, TaskList, WorkerEvents, WorkerUtils } from 'graphile-worker';
import { Logger, makeWorkerUtils } from 'graphile-worker';
import pg from 'pg';
import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import type { GraphileJobs, GraphileJobsOptions } from 'signalbox/graphile-worker';
import { graphileJobs } from 'signalbox/graphile-worker';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';

export const SILENT: Logger = new Logger(() => () => undefined);
export const TASK = 'mail';

/** What the tests of this folder work with: a database for each test, the SDK, and a box of each "process". */
export class Rig {
  otel!: TestOtel;
  url = '';
  pool!: pg.Pool;
  #postgres: Postgres | undefined;
  #release: (() => unknown)[] = [];

  constructor() {
    beforeAll(async () => {
      this.#postgres = await startPostgres();
    });
    afterAll(async () => {
      await this.#postgres?.stop();
    });
    beforeEach(async () => {
      this.otel = startOtel();
      this.url = (await this.#postgres?.database()) ?? '';
      this.pool = new pg.Pool({ connectionString: this.url, max: 4 });
      this.pool.on('error', () => undefined);
      this.pool.on('connect', (client) => client.on('error', () => undefined));
      this.#release = [() => this.pool.end()];
    });
    afterEach(async () => {
      for (const release of this.#release.reverse()) await release();
      await this.otel.shutdown();
      resetOtel();
    });
  }

  /** Runs after the test, the last given first. */
  later(release: () => unknown): void {
    this.#release.push(release);
  }

  /** Telemetry as another process would have it: nothing is shared but the database and the SDK. */
  process(options?: GraphileJobsOptions): { readonly box: Signalbox; readonly jobs: GraphileJobs } {
    const box = createSignalbox();
    return { box, jobs: graphileJobs(box, options) };
  }

  async utils(jobs: GraphileJobs): Promise<WorkerUtils> {
    const utils = await makeWorkerUtils({ pgPool: this.pool, logger: SILENT });
    this.later(() => utils.release());
    return jobs.utils(utils);
  }

  options(taskList: TaskList, more: Partial<RunnerOptions> = {}): RunnerOptions {
    return { pgPool: this.pool, logger: SILENT, noHandleSignals: true, pollInterval: 50, taskList, ...more };
  }

  /** The rows of a task as the database has them. */
  async rows(): Promise<Record<string, unknown>[]> {
    const { rows } = await this.pool.query('select * from graphile_worker._private_jobs order by id');
    return rows as Record<string, unknown>[];
  }

  /** What became of the jobs that ran is written: a runOnce() resolves before that. */
  async written(): Promise<void> {
    await until('what became of the jobs is written', async () =>
      (await this.rows()).every(({ locked_at }) => locked_at === null),
    );
  }

  /** Makes every job a minute older. */
  async age(): Promise<void> {
    const minute = "interval '1 minute'";
    await this.pool.query(
      `update graphile_worker._private_jobs set created_at = created_at - ${minute}, updated_at = updated_at - ${minute}, run_at = run_at - ${minute}`,
    );
  }

  /** Makes every waiting retry due. */
  async hurry(): Promise<void> {
    await this.written();
    await this.pool.query("update graphile_worker._private_jobs set run_at = now() - interval '1 second'");
  }
}

/** Waits until something holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A promise and what settles it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

export function emitter(): WorkerEvents {
  return new EventEmitter();
}

export type { JobHelpers };
