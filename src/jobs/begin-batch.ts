import type { BoundBox } from '../box/core.js';
import { linksOfBatch, startBatchSpan } from './attempt-span.js';
import { inCommon } from './baggage.js';
import type { Batch } from './batch.js';
import { shareSpan } from './batch.js';
import { beginAttempt, carriedBy, previousOf } from './begin-attempt.js';
import type { Runs } from './current-box.js';
import { OF_JOB } from './current-box.js';
import type { OwnAttemptInfo } from './given.js';
import type { HandleOptions } from './handle-options.js';
import type { QueueState } from './queue-state.js';
import type { BatchOptions } from './queue-telemetry.js';
import { ATTR, PROCESS } from './semconv.js';
import { boundedLinks } from './shared-span-limits.js';
import { addCarried, known, spanAttributes } from './span-attributes.js';
import { runUntilEnded } from './when-ended.js';

/** Starts the attempts of one handler call, all on one span. */
export function beginBatch(
  state: QueueState,
  how: HandleOptions,
  infos: readonly OwnAttemptInfo[],
  { worker, span: kind = 'own' }: BatchOptions,
): Batch {
  // A shared span ends with its last attempt. Without attempts it would never end.
  if (infos.length === 0) return { attempts: [], run: (fn) => fn() };
  const { core } = state;
  const clock = core.anchoredClock();
  const startedAt = clock.from;
  const links = boundedLinks(infos.flatMap((info) => linksOfBatch(state, info, previousOf(state, info))));
  const attributes = {
    ...spanAttributes(state, PROCESS, PROCESS, {}),
    ...known({
      [ATTR.batchCount]: infos.length,
      [ATTR.worker]: state.workers.of(worker)?.id,
      [ATTR.linksDropped]: links.dropped || undefined,
    }),
  };
  if (state.baggage)
    addCarried(attributes, { attributes: inCommon(infos.map((info) => carriedBy(state, info))) });
  const own = startBatchSpan({ state, clock, startedAt }, attributes, links.kept, kind);
  const span = shareSpan(own, infos.length);
  let box: BoundBox | undefined;
  // Which of its jobs is worked at, nobody knows.
  const runs: Runs = {
    boxOf: (asking) => {
      if (asking !== core) return undefined;
      box ??= core.bound(core.bind(OF_JOB.of({ queue: state.name, namespace: state.namespace })));
      return box;
    },
  };
  clock.owner = runs;
  const attempts = infos.map((info) => beginAttempt(state, how, info, { span, startedAt, worker }));
  return {
    attempts,
    run: (fn) => {
      const ends = attempts.map((attempt) => attempt.running());
      return runUntilEnded(core, span.context, fn, () => {
        for (const end of ends) end();
      });
    },
  };
}
