import type { Fillings } from '../docs/doc-queries.js';
import { runDocQueries, runProvisionedLinks } from '../docs/run-doc-queries.js';
import { readBack } from '../read/received.js';
import { settle } from '../settle.js';
import { startNode } from '../subjects/child.js';
import type { Play, Played } from '../subjects/job-queue.js';
import { startPlay } from '../subjects/job-queue.js';
import type { Scene, Step } from './step.js';
import { compareWhole } from './whole-runs.js';

const ARRIVAL_MILLIS = 60_000;

/** Slow enough for attempts that run long, and with enough that fails. */
const PLAY: Play = {
  name: 'a slow run for the documentation',
  jobs: 60,
  seed: 41,
  relation: 'parent',
  timeoutMillis: 1500,
  flags: [
    ...['--speed', '3', '--workers', '3', '--capacity', '8', '--fail', 'report=0.3', '--fail', 'email=0.4'],
    // Nobody listens there: something is lost, for the query that asks for it.
    ...['--otlp2', 'http://127.0.0.1:9'],
  ],
};

export const documentation: Step = {
  name: 'documentation',
  shows: 'every query of the documentation and of Grafana’s links finds something',
  async run(scene) {
    const played = await startPlay(PLAY, scene.stack.otlp).ended;
    const { jobs, mismatches } = await compareWhole(scene, played);
    const fillings = await fillingsFrom(scene, played);
    // The example runs nothing on a schedule.
    const scheduled = startNode(
      ['test/e2e/subjects/stalls.ts', '--otlp', scene.stack.otlp],
      { OTEL_SERVICE_NAME: 'scheduled' },
      ARRIVAL_MILLIS * 2,
    );
    try {
      const amiss = await settle(ARRIVAL_MILLIS, async () => [
        ...(await runDocQueries(scene.stack, fillings)),
        ...(await runProvisionedLinks(scene.stack, fillings['trace id of the retried job'])),
      ]);
      return { jobs, mismatches: [...mismatches, ...amiss] };
    } finally {
      scheduled.stop();
      await scheduled.ended;
    }
  },
};

async function fillingsFrom({ stack }: Scene, { key, ledger }: Played) {
  const job = ledger.find(({ attempts }) => attempts.length > 1);
  const { spans } = await readBack(stack, key);
  const span = spans.find(({ attributes }) => attributes['job.id'] === job?.id);
  if (job === undefined || span === undefined) throw new Error('no job was tried twice');
  return { 'retried job': job.id, 'trace id of the retried job': span.traceId } satisfies Fillings;
}
