import type { PgBoss } from 'pg-boss';
import type { QueueTelemetry } from '../../jobs/queue.js';
import { inTurns } from '../common/emit-in-turns.js';
import type { Around } from '../common/function-proxy.js';
import type { Observation } from '../common/observed-object.js';
import { abandon, unread } from './abandon.js';
import type { Heard } from './after-call.js';
import { afterLook, afterwards, following } from './after-call.js';
import { afterFailureIn, afterFailureOf } from './after-failure.js';
import type { ObservedBoss } from './boss-state.js';
import type { JobRow } from './job-row.js';
import { isWaiting } from './job-row.js';
import { mayRead } from './job-table.js';
import type { Held } from './running-jobs.js';
import { idsOf, settledIds } from './settled-ids.js';

const LIVE: ReadonlySet<string> = new Set(['created', 'retry', 'active']);

/** A command of the app. */
interface About {
  readonly queue: QueueTelemetry;
  readonly asked: readonly string[];
  readonly args: readonly unknown[];
  /** Whether signalbox may read the table for it. */
  readonly readable: boolean;
  /** When the app gave the command, in epoch milliseconds. */
  readonly at: number;
}

/** The result of a command, and the attempts here of its jobs at that moment. */
interface Outcome extends Heard<unknown> {
  readonly held: ReadonlyMap<string, Held>;
}

/** Observes the commands that end jobs or bring them back. */
export function commands(observed: ObservedBoss): Observation<PgBoss> {
  const { core, table } = observed;

  /**
   * @param look Reads the table. It is sent just before the command.
   * @param waits Whether the command waits for the look: the connections of a pool answer in no order, and a deleted job leaves nothing to read.
   */
  function command<T>(
    optionsAt: number,
    look: (about: About) => Promise<T> | undefined,
    emit: (about: About, outcome: Outcome, looked: T | undefined) => void | Promise<void>,
    waits = false,
  ): Around {
    return (call, args) => {
      const queue = core.enabled() ? observed.queue(args[0]) : undefined;
      const asked = idsOf(args[1]);
      if (!queue || asked.length === 0) return call(...args);
      const about = { queue, asked, args, readable: mayRead(args[optionsAt]), at: queue.now() };
      const looked = look(about);
      const leaving = looked && observed.waiting.get(queue.name)?.leave();
      const { running } = observed;
      const commanded = running.commands.begin(asked);
      const over = (): void => {
        commanded();
        leaving?.();
      };
      const emitting = async (heard: Heard<unknown>): Promise<void> => {
        // First emit the starts of jobs that were fetched just now, and the signals of earlier commands.
        const first = [running.begun(asked), running.heard.on(asked)].filter((one) => one !== undefined);
        const emitted = running.heard.begin([...asked, queue.name]);
        const held = new Map(asked.flatMap((id) => pairOf(id, running.get(id))));
        try {
          if (first.length > 0) {
            await Promise.allSettled(first);
            // These jobs were fetched before the command. A handler that has begun since runs a later attempt.
            for (const id of asked) {
              const since = running.get(id);
              if (since?.fetched && !held.has(id)) held.set(id, since);
            }
          }
          await emit(about, { ...heard, held }, looked && (await looked));
        } finally {
          emitted();
          over();
        }
      };
      return following(over, () => {
        // Earlier commands look at the table for jobs that this one may change.
        const first = waits && looked ? [looked, running.heard.on(asked)] : undefined;
        const result = first ? afterLook(first, () => call(...args)) : call(...args);
        afterwards<unknown>(observed, result, emitting, over);
        return result;
      });
    };
  }

  const nothing = (): undefined => undefined;
  const rows = ({ queue, asked, readable }: About): Promise<readonly JobRow[]> | undefined =>
    readable ? table.find(queue.name, asked) : undefined;
  const settledOf = ({ queue, asked }: About, { value }: Heard<unknown>): readonly string[] => {
    const settled = [...(settledIds(value, asked) ?? [])];
    // pg-boss ends no job that had ended. So a settled job whose end was emitted before has come back, unless signalbox took what a handler did for
    // that end.
    if (observed.settle === 'exact') for (const id of settled) queue.alive({ id });
    return settled;
  };

  const complete = command(3, nothing, async (about, heard) => {
    const { queue, readable } = about;
    const elsewhere: string[] = [];
    for (const id of settledOf(about, heard)) {
      const held = heard.held.get(id);
      if (held) held.attempt.completed({ endedAt: heard.at });
      else elsewhere.push(id);
      observed.ended(queue, id, held);
    }
    if (elsewhere.length === 0) return;
    const found = new Map(
      (readable ? await table.find(queue.name, elsewhere) : []).map((row) => [row.id, row]),
    );
    for (const id of elsewhere) {
      const { attempts, carrier } = found.get(id) ?? {};
      queue.completed({ id }, { attempts, carrier, endedAt: heard.at });
    }
  });

  const fail = command(3, nothing, async (about, heard) => {
    const { queue, args, readable } = about;
    const settled = settledOf(about, heard);
    if (settled.length === 0) return;
    // The output of a job is data of the app: only an error is described.
    const error: unknown = args[2] instanceof Error ? args[2] : new Error('failed by a command');
    // A job that runs here knows itself what follows. That counts if signalbox may not read the table, or the table no longer has the job.
    const rows = readable ? await table.find(queue.name, settled) : [];
    const found = new Map(rows.map((row) => [row.id, row]));
    for (const id of settled) {
      const [row, held] = [found.get(id), heard.held.get(id)];
      if (!row) failedUnread(held, error, heard.at);
      else if (held) held.attempt.failed(error, afterFailureIn(row, held.job), { endedAt: heard.at });
      else {
        const after = afterFailureIn(row);
        if (!after.retry) abandon(queue, row, after.reason, error);
      }
      if (row || held) observed.ended(queue, id, held);
    }
  });

  const cancel = command(2, nothing, async (about, heard) => {
    const settled = settledOf(about, heard);
    if (settled.length === 0) return;
    const read = about.readable ? await table.find(about.queue.name, settled) : [];
    const found = new Map(read.map((row) => [row.id, row]));
    await inTurns(settled, (id) => {
      abandon(about.queue, found.get(id) ?? unread(id), 'cancelled');
      observed.ended(about.queue, id, heard.held.get(id));
    });
  });

  // Read before the command: afterwards nothing says which of them had ended already.
  const deleteJob = command(
    2,
    rows,
    (about, heard, before = []) => {
      const settled = settledIds(heard.value, about.asked);
      // Forget all of them: the next look learns of one that is still there.
      for (const id of about.asked) observed.waiting.get(about.queue.name)?.drop(id);
      for (const row of before) {
        if (!LIVE.has(row.state) || !settled?.has(row.id)) continue;
        if (isWaiting(row)) about.queue.alive({ id: row.id }, about.at);
        abandon(about.queue, row, 'removed');
        observed.ended(about.queue, row.id, heard.held.get(row.id));
      }
    },
    true,
  );

  const revive = (from: string): Around =>
    command(
      2,
      rows,
      ({ queue, asked }, { value }, before = []) => {
        const ended = before.filter((row) => row.state === from);
        // pg-boss only counts them: the jobs that had ended, unless another process was faster than the look.
        const { affected } = (value ?? {}) as { affected?: unknown };
        if (Number(affected) > 0) for (const id of asked) queue.alive({ id });
        if (affected !== ended.length) return;
        for (const { id, attempts, carrier } of ended) queue.revived({ id }, { attempts, carrier });
      },
      true,
    );

  return { complete, fail, cancel, deleteJob, resume: revive('cancelled'), retry: revive('failed') };
}

// A job that runs here, or was fetched with metadata, knows what follows its failure, except the delay. Of a job that was fetched without metadata
// nobody knows it. Its attempt is over all the same.
function failedUnread(held: Held | undefined, error: unknown, endedAt: number): void {
  if (held?.job && 'retryLimit' in held.job)
    held.attempt.failed(error, afterFailureOf(held.job), { endedAt });
}

function pairOf(id: string, held: Held | undefined): [string, Held][] {
  return held ? [[id, held]] : [];
}
