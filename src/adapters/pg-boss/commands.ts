import type { PgBoss } from 'pg-boss';
import type { AbandonReason } from '../../jobs/job.js';
import type { QueueTelemetry } from '../../jobs/queue.js';
import type { JobRow } from './job-table.js';
import { delayOf } from './job-table.js';
import type { ObservedBoss } from './observed-boss.js';
import { idsOf, settledIds } from './settled.js';

/**
 * Whether the table of jobs may be read: not where a command has a database of its own. Within a transaction ours would wait for its end,
 * or a read in it could break it.
 */
export function mayRead(options: { readonly db?: unknown } | undefined): boolean {
  return options?.db === undefined;
}

/** Runs telemetry of a command: nothing of it may reach the caller. */
export async function tellQuietly({ core }: ObservedBoss, tell: () => Promise<void>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    core.report('pg-boss:command', 'what a command did could not be told', error);
  }
}

type Commands = Pick<PgBoss, 'complete' | 'fail' | 'cancel' | 'deleteJob' | 'resume' | 'retry'>;

/** The commands that end jobs, or bring them back, observed. */
export function commands(observed: ObservedBoss): Commands {
  const { boss, table } = observed;

  const telling = (tell: () => Promise<void>): Promise<void> => tellQuietly(observed, tell);

  const complete: PgBoss['complete'] = async (name, id, data, options) => {
    const response = await boss.complete(name, id, data, options);
    const queue = observed.queue(name);
    for (const settled of queue ? (settledIds(response, idsOf(id)) ?? []) : []) {
      const attempt = observed.running.get(settled);
      if (attempt) attempt.completed();
      else queue?.completed({ id: settled });
    }
    return response;
  };

  const fail: PgBoss['fail'] = async (name, id, data, options) => {
    const response = await boss.fail(name, id, data, options);
    await telling(async () => {
      const queue = observed.queue(name);
      const settled = [...(settledIds(response, idsOf(id)) ?? [])];
      if (!queue || settled.length === 0 || !mayRead(options)) return;
      // What is given for a job's output is the app's data: only an error is told of.
      const error: unknown = data instanceof Error ? data : new Error('failed by a command');
      for (const row of await table.find(name, settled)) {
        const attempt = observed.running.get(row.id);
        const ended = row.state === 'failed';
        // With retries left, it failed for good since the place of the retry was taken.
        const reason = (row.retriesLeft ?? 0) > 0 ? 'queue_full' : 'max_attempts';
        if (attempt)
          attempt.failed(
            error,
            ended ? { retry: false, reason } : { retry: true, delayMillis: delayOf(row) },
          );
        else if (ended) abandon(queue, row, reason, error);
      }
    });
    return response;
  };

  const cancel: PgBoss['cancel'] = async (name, id, options) => {
    const response = await boss.cancel(name, id, options);
    await telling(async () => {
      const queue = observed.queue(name);
      const settled = [...(settledIds(response, idsOf(id)) ?? [])];
      if (!queue || settled.length === 0) return;
      const rows = mayRead(options) ? await rowsOf(name, settled) : settled.map(unread);
      for (const row of rows) abandon(queue, row, 'cancelled');
    });
    return response;
  };

  const deleteJob: PgBoss['deleteJob'] = async (name, id, options) => {
    const asked = idsOf(id);
    // Afterwards nothing tells which of them had ended before.
    const looks = observed.queue(name) !== undefined && asked.length > 0 && mayRead(options);
    const before = looks ? await table.find(name, asked) : [];
    const response = await boss.deleteJob(name, id, options);
    await telling(async () => {
      const queue = observed.queue(name);
      const settled = settledIds(response, asked);
      for (const row of before)
        if (queue && LIVE.has(row.state) && settled?.has(row.id)) abandon(queue, row, 'removed');
    });
    return response;
  };

  const revive = async (
    command: PgBoss['resume'],
    from: string,
    [name, id, options]: Parameters<PgBoss['resume']>,
  ): ReturnType<PgBoss['resume']> => {
    const queue = observed.queue(name);
    const asked = idsOf(id);
    const before = queue && asked.length > 0 && mayRead(options) ? await table.find(name, asked) : [];
    const response = await Reflect.apply(command, boss, [name, id, options]);
    await telling(async () => {
      const ended = before.filter((row) => row.state === from);
      // It only counts them: those that had ended, unless another process was faster.
      if ((response as { affected?: unknown }).affected !== ended.length) return;
      for (const { id: revived, attempts, carrier } of ended)
        queue?.revived({ id: revived }, { attempts, carrier });
    });
    return response;
  };

  async function rowsOf(name: string, ids: readonly string[]): Promise<readonly JobRow[]> {
    const rows = new Map((await table.find(name, ids)).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id) ?? unread(id));
  }

  return {
    complete,
    fail,
    cancel,
    deleteJob,
    resume: (...args) => revive(boss.resume, 'cancelled', args),
    retry: (...args) => revive(boss.retry, 'failed', args),
  };
}

/** A job of which only the id is known. */
function unread(id: string): JobRow {
  return { id, state: '', attempts: undefined, runnableFor: undefined };
}

const LIVE: ReadonlySet<string> = new Set(['created', 'retry', 'active']);

/** A bad end that a row tells of. */
export function abandon(queue: QueueTelemetry, row: JobRow, reason: AbandonReason, error?: unknown): void {
  const { id, attempts, carrier, runnableFor } = row;
  queue.abandoned(
    { id },
    {
      reason,
      attempts,
      carrier,
      error,
      // A later attempt's row no longer tells when the job could first have run.
      runnableAt: attempts === 0 && runnableFor !== undefined ? queue.now() - runnableFor : undefined,
    },
  );
}
