import { compare } from '../../support/compare.js';
import { outcomeOf } from '../../support/ledger-reader.js';
import { readBack } from '../read/received.js';
import { settle } from '../settle.js';
import type { Play, Played } from '../subjects/job-queue.js';
import { optionsOf, startPlay } from '../subjects/job-queue.js';
import { compareLogQueries } from './log-queries.js';
import type { Finding, Scene, Step } from './step.js';

const ARRIVAL_MILLIS = 90_000;

const PLAYS: readonly Play[] = [
  {
    name: 'attempts as children of their enqueue spans',
    jobs: 700,
    seed: 11,
    relation: 'parent',
    timeoutMillis: 60,
    flags: ['--speed', '100', '--workers', '6', '--capacity', '40', '--hang', '0.03'],
  },
  {
    name: 'attempts as traces of their own',
    jobs: 600,
    seed: 12,
    relation: 'link',
    timeoutMillis: 60,
    flags: ['--speed', '100', '--workers', '6', '--capacity', '40', '--hang', '0.03'],
  },
  {
    name: 'much fails and hangs',
    jobs: 500,
    seed: 13,
    relation: 'parent',
    timeoutMillis: 40,
    flags: ['--speed', '150', '--workers', '8', '--capacity', '100', '--hang', '0.15', '--fail', 'email=0.6'],
  },
  {
    name: 'more is offered than fits',
    jobs: 400,
    seed: 14,
    relation: 'none',
    timeoutMillis: 60,
    flags: ['--speed', '150', '--workers', '1', '--capacity', '5', '--hang', '0.05'],
  },
];

export const wholeRuns: Step = {
  name: 'whole-runs',
  shows: 'all that Jaeger, Prometheus and Loki answer equals the ledger',
  async run(scene) {
    const mismatches: string[] = [];
    const played: Played[] = [];
    for (const play of PLAYS) {
      const one = await startPlay(play, scene.stack.otlp).ended;
      played.push(one);
      mismatches.push(...(await compareWhole(scene, one)).mismatches);
    }
    mismatches.push(...missingKinds(scene, played));
    // What came once must not come again: another look when there was time for it.
    for (const one of played) {
      const again = await compareNow(scene, one);
      mismatches.push(...again.map((text) => `looked at once more, ${one.play.name}: ${text}`));
    }
    return { jobs: played.reduce((sum, { ledger }) => sum + ledger.length, 0), mismatches };
  },
};

/** Waits until the backends have the run whole, and compares it. */
export async function compareWhole(scene: Scene, played: Played): Promise<Finding> {
  const { play, ledger } = played;
  const amiss = await settle(ARRIVAL_MILLIS, () => compareNow(scene, played));
  const queried = amiss.length > 0 ? [] : await compareLogQueries(scene.stack, played);
  const attempts = ledger.reduce((sum, job) => sum + job.attempts.length, 0);
  scene.say(`${play.name}: ${ledger.length} jobs, ${attempts} attempts`);
  const all = [...amiss, ...queried];
  if (ledger.length !== play.jobs) all.push(`the ledger has ${ledger.length} jobs, not ${play.jobs}`);
  return { jobs: ledger.length, mismatches: all.map((text) => `${play.name}: ${text}`) };
}

async function compareNow({ stack }: Scene, { play, key, ledger }: Played): Promise<readonly string[]> {
  return compare(ledger, await readBack(stack, key), optionsOf(play)).mismatches;
}

/** A comparison of nothing shows nothing: all that can become of a job must have happened. */
function missingKinds({ say }: Scene, played: readonly Played[]): string[] {
  const jobs = played.flatMap(({ ledger }) => ledger);
  const attempts = jobs.flatMap((job) => job.attempts);
  const kinds = {
    retries: attempts.length - jobs.filter((job) => job.attempts.length > 0).length,
    abandonments: jobs.filter((job) => job.accepted && outcomeOf(job).kind === 'abandoned').length,
    cancellations: jobs.filter((job) => job.cancelledAt !== undefined).length,
    timeouts: attempts.filter(({ end }) => end?.fact === 'timed_out').length,
    rejections: jobs.filter((job) => job.rejected !== undefined).length,
  };
  say(
    Object.entries(kinds)
      .map(([kind, n]) => `${n} ${kind}`)
      .join(', '),
  );
  return Object.entries(kinds).flatMap(([kind, n]) => (n === 0 ? [`there were no ${kind}`] : []));
}
