import { swallow } from '../delivery/guard.js';
import { seconds } from '../emission/seconds.js';
import { SignalboxError } from '../signal/problem.js';
import { StartedAttempt } from './attempt.js';
import type { AttemptInfo } from './attempt-info.js';
import { momentsOf } from './attempt-moments.js';
import type { AttemptSpan } from './attempt-span.js';
import { linksOfBatch, startAttemptSpan, startBatchSpan } from './attempt-span.js';
import { shareSpan } from './batch.js';
import { spanContextOf } from './carrier.js';
import { boundedLinks } from './crowd.js';
import { StartedEnqueue } from './enqueue.js';
import { attemptInfoOf, attemptInfosOf, plain, textOf } from './given.js';
import type { HandleOptions } from './handle-options.js';
import { hearsay } from './hearsay.js';
import type { AfterFailure } from './job.js';
import { checkAfterFailure, NO_RETRY } from './job.js';
import type { PreviousAttempt, RememberedAttempt } from './memory.js';
import { QueueMonitor } from './monitor.js';
import { named } from './queue-name.js';
import type { QueueState } from './queue-state.js';
import { known, since, spanAttributes } from './queue-state.js';
import type { QueueTelemetry } from './queue-telemetry.js';
import { relationOf } from './relation.js';
import { ATTR, OTHER, PROCESS } from './semconv.js';
import { waitSpans } from './wait-spans.js';
import { runUntilEnded } from './when-ended.js';
import type { WorkerTelemetry } from './workers.js';

export type { EndOfJob, QueueTelemetry } from './queue-telemetry.js';
export type { RelationOption } from './relation.js';

export function createQueueTelemetry(state: QueueState, how: HandleOptions): QueueTelemetry {
  const { core } = state;

  function previousOf(info: AttemptInfo): PreviousAttempt | RememberedAttempt | undefined {
    return info.previous ?? state.memory.before(info.job.id, info.number);
  }

  function begin(
    given: AttemptInfo,
    worker: WorkerTelemetry | string | undefined,
    shared: AttemptSpan | undefined,
    sharedStart?: number,
  ): StartedAttempt {
    const clock = core.anchoredClock();
    const { previous, ...moments } = momentsOf(core, clock, given, previousOf(given), sharedStart);
    const info = { ...given, ...moments };
    const { startedAt } = moments;
    const wait = since(info.runnableAt ?? previous?.retryAt, startedAt);
    const own = state.workers.of(worker ?? info.worker);
    const attributes = known({
      [ATTR.attempt]: info.countedAtEnd ? undefined : info.number,
      [ATTR.maxAttempts]: info.maxAttempts ?? info.job.maxAttempts,
      [ATTR.worker]: own?.id,
      [ATTR.wait]: wait === undefined ? undefined : seconds(wait),
    });
    const start = { state, info, clock, startedAt, worker: own, wait, how };
    if (shared) return new StartedAttempt({ ...start, span: shared });
    const relation = relationOf(core, how.relation, info);
    const span = startAttemptSpan(state, info, relation, previous, attributes, clock, startedAt);
    const attempt = new StartedAttempt({ ...start, span });
    // Below an enqueue that many are linked to, their waits would grow one endless trace.
    if (how.waitSpans && relation === 'parent')
      waitSpans(state, info, previous, startedAt, spanContextOf(span.context));
    return attempt;
  }

  return {
    name: state.name,
    namespace: state.namespace,
    knows: (...types) => {
      // Plain JavaScript gives a list as the one type.
      for (const type of types.flat()) state.types.add(textOf(type) ?? type);
      state.unsaid ??= OTHER;
    },
    enqueue: (job, options) => new StartedEnqueue(state, job, plain(options), how),
    attempt: (info) => begin(attemptInfoOf(info), undefined, undefined),
    batch: (given, givenOptions) => {
      const options = plain(givenOptions);
      const infos = attemptInfosOf(given);
      // A span ends with its last attempt: without any it would never end.
      if (infos.length === 0) return { attempts: [], run: (fn) => fn() };
      const clock = core.anchoredClock();
      const startedAt = clock.from;
      const links = boundedLinks(infos.flatMap((info) => linksOfBatch(state, info, previousOf(info))));
      const attributes = {
        ...spanAttributes(state, PROCESS, PROCESS, {}),
        ...known({
          [ATTR.batchCount]: infos.length,
          [ATTR.worker]: state.workers.of(options.worker)?.id,
          [ATTR.linksDropped]: links.dropped || undefined,
        }),
      };
      const span = startBatchSpan(state, attributes, links.kept, clock, startedAt, options.span ?? 'own');
      const shared = shareSpan(span, infos.length);
      const attempts = infos.map((info) => begin(info, options.worker, shared, startedAt));
      return {
        attempts,
        run: (fn) => {
          const ends = attempts.map((attempt) => attempt.running());
          return runUntilEnded(core, shared.context, fn, () => {
            for (const end of ends) end();
          });
        },
      };
    },
    process: async (info, handler, afterFailure) => {
      const attempt = begin(attemptInfoOf(info), undefined, undefined);
      try {
        // Async, so that a thenable that is no promise, a lazy query, does its work within the attempt too.
        const value = await attempt.run(async () => handler(attempt));
        attempt.completed();
        return value;
      } catch (error) {
        attempt.failed(error, decided(error));
        throw error;
      }

      function decided(error: unknown): AfterFailure {
        try {
          const said: unknown = afterFailure(error);
          const after = swallow(said) ? undefined : checkAfterFailure(said);
          if (after) return after;
          core.report('afterFailure', 'the function that says what follows a failure did not say it at once');
        } catch (trouble) {
          core.report('afterFailure', 'the function that says what follows a failure threw', trouble);
        }
        return NO_RETRY;
      }
    },
    ...hearsay(state, how),
    worker: (id, options) => state.workers.get(id, options),
    monitor: (options) => {
      // One whose queue was closed, and opened again, may not have looked since.
      if (state.monitor && !state.monitor.isOver())
        throw new SignalboxError(
          `The queue ${named(state)} has a monitor in this process already. Stop it first, or use that one.`,
        );
      const monitor: QueueMonitor = new QueueMonitor(
        core,
        state,
        state.capacity,
        state.tally,
        options,
        () => {
          // Stopped again, it takes nothing from the one that came after it.
          if (state.monitor === monitor) state.monitor = undefined;
        },
      );
      state.monitor = monitor;
      return monitor;
    },
    now: () => core.now(),
  };
}
