import type { Observation } from '../common/observed-object.js';
import { afterwards, emitQuietly } from './after-call.js';
import type { ObservedBoss } from './boss-state.js';
import { BossWorkers } from './boss-workers.js';
import { commands } from './ending-commands.js';
import type { Boss } from './engine.js';
import type { FetchWatch } from './fetched-jobs.js';
import { queueCommands } from './queue-commands.js';
import { sends } from './send.js';
import { bulkSends } from './send-many.js';
import { idsOf } from './settled-ids.js';

/** Observes the methods of a boss. */
export function bossObservation(observed: ObservedBoss, fetches: FetchWatch): Observation<Boss> {
  const { boss } = observed;
  const workers = new BossWorkers(observed);

  boss.on('stopped', () => {
    observed.stopped = true;
    for (const running of [...observed.unsignalled]) running.stopped();
    workers.stopped();
    emitQuietly(observed, async () => {
      await observed.running.settled();
      if (observed.stopped) fetches.ended();
    });
  });
  boss.on('warning', ({ data }) => {
    const { type, jobs } = (data ?? {}) as { type?: unknown; jobs?: unknown };
    if (type !== 'handler_overrun') return;
    const attempts = idsOf(jobs).flatMap((id) => observed.running.get(id)?.attempt ?? []);
    // pg-boss has just signalled the time limit to the handler call as well, which settles the job now.
    const settled = Promise.allSettled([...observed.settling]).then(() => {
      for (const attempt of attempts) attempt.overrun();
    });
    observed.core.tellLater(settled);
  });

  const observation: Observation<Boss> = {
    ...sends(observed),
    ...bulkSends(observed),
    ...commands(observed),
    ...queueCommands(observed),
    ...fetches.observation,
    ...workers.observation,
    start: (call, args) => {
      observed.stopping = false;
      observed.stopped = false;
      const started = call(...args);
      afterwards(observed, started, () => {
        observed.table.prepare();
        fetches.started();
      });
      return started;
    },
    stop: (call, args) => {
      observed.stopping = true;
      for (const running of observed.calls) running.watch();
      return call(...args);
    },
  };
  // A call on another boss that borrowed the method is not this one's.
  return Object.fromEntries(
    Object.entries(observation).map(([name, around]) => [
      name,
      (call: (...args: unknown[]) => unknown, args: unknown[], self: unknown) =>
        self === boss || self === undefined ? around(call, args, self) : call(...args),
    ]),
  );
}
