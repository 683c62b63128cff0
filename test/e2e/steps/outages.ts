import { readBack } from '../read/received.js';
import { settle } from '../settle.js';
import { waitUntil } from '../stack/wait.js';
import type { Channel } from '../subjects/exports.js';
import type { Play, Playing } from '../subjects/job-queue.js';
import { startPlay } from '../subjects/job-queue.js';
import type { Finding, Scene, Step } from './step.js';
import type { Survivors } from './survivors.js';
import { compareSurvivors } from './survivors.js';

const CHANNELS: readonly Channel[] = ['spans', 'logs'];
const EXPORT_MILLIS = 60_000;
const RECOVERY_MILLIS = 3 * 60_000;

const jaegerPlay: Play = {
  name: 'Jaeger killed and restarted',
  jobs: 1000,
  seed: 31,
  relation: 'parent',
  timeoutMillis: 60,
  flags: ['--speed', '60', '--workers', '6', '--capacity', '60', '--hang', '0.02'],
};

const collectorPlay: Play = {
  ...jaegerPlay,
  name: 'the collector killed and restarted',
  jobs: 1500,
  seed: 32,
};

// Long enough to go on behind the restarts of a machine that is busy.
const lokiPlay: Play = {
  ...jaegerPlay,
  name: 'Loki and the collector killed and restarted',
  jobs: 1500,
  seed: 33,
};

export const jaegerKilled: Step = {
  name: 'jaeger-killed',
  shows: 'of what the collector took while Jaeger was dead nothing is missing after its restart',
  async run(scene) {
    const { stack } = scene;
    const playing = startPlay(jaegerPlay, stack.otlp);
    await withOutage(scene, async () => {
      await moreExports(playing, 'delivered', 3);
      await stack.service('jaeger').kill();
      await moreExports(playing, 'delivered', 5);
    });
    await moreExports(playing, 'delivered', 1);
    return judge(scene, playing);
  },
};

export const collectorKilled: Step = {
  name: 'collector-killed',
  shows: 'what is missing after the collector was killed is what stats() calls failed or dropped',
  async run(scene) {
    const { stack } = scene;
    const playing = startPlay(collectorPlay, stack.otlp);
    await withOutage(scene, async () => {
      await moreExports(playing, 'delivered', 3);
      // So that the collector dies with something that it has taken and not yet passed on.
      await stack.service('jaeger').kill();
      await moreExports(playing, 'delivered', 5);
      await stack.service('collector').kill();
      await moreExports(playing, 'failed', 1, CHANNELS);
    });
    await moreExports(playing, 'delivered', 1);
    const { jobs, mismatches } = await judge(scene, playing);
    const { account } = await playing.ended;
    const idle = CHANNELS.filter((channel) => account(channel).failed === 0);
    const vain = idle.map((channel) => `stats() calls no ${channel} failed: nothing was shown`);
    return { jobs, mismatches: [...mismatches, ...vain] };
  },
};

export const lokiKilled: Step = {
  name: 'loki-killed',
  shows:
    'of the records that the collector took while nobody was at Loki’s address nothing is missing after a restart of both',
  async run(scene) {
    const { stack } = scene;
    const playing = startPlay(lokiPlay, stack.otlp);
    await withOutage(scene, async () => {
      await moreExports(playing, 'delivered', 3, CHANNELS);
      await stack.service('loki').kill();
      await moreExports(playing, 'delivered', 5, ['logs']);
      // What waits in its queue has to outlive it.
      await stack.service('collector').restart();
      await moreExports(playing, 'delivered', 3, ['logs']);
    });
    await moreExports(playing, 'delivered', 1, ['logs']);
    return judge(scene, playing);
  },
};

/** What was killed is started again, whatever happened: other steps come after this one. */
async function withOutage({ stack }: Scene, outage: () => Promise<void>): Promise<void> {
  try {
    await outage();
  } finally {
    await stack.service('collector').start();
    await stack.service('jaeger').start();
    await stack.service('loki').start();
  }
}

/** Waits until so many more exports were answered so, while the run goes on. */
async function moreExports(
  playing: Playing,
  how: 'delivered' | 'failed',
  n: number,
  channels: readonly Channel[] = ['spans'],
): Promise<void> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  playing.ended.then(end, end);
  const calls = (channel: Channel): number => playing.exports(channel).calls[how];
  const before = new Map(channels.map((channel) => [channel, calls(channel)]));
  await waitUntil(EXPORT_MILLIS, `${n} more exports of ${channels.join(' and ')} to be ${how}`, async () => {
    if (over) throw new Error(`the run was over before ${n} more exports were ${how}`);
    return [...before].every(([channel, count]) => calls(channel) >= count + n);
  });
}

async function judge({ stack, say }: Scene, playing: Playing): Promise<Finding> {
  const played = await playing.ended;
  const { name, jobs } = played.play;
  let survivors: Survivors | undefined;
  const amiss = await settle(RECOVERY_MILLIS, async () => {
    survivors = compareSurvivors(played, await readBack(stack, played.key));
    return survivors.mismatches;
  });
  const missing = Object.entries(survivors?.missing ?? {});
  const told = CHANNELS.map((channel) => {
    const { failed, dropped } = played.account(channel);
    return `${failed} ${channel} failed, ${Object.values(dropped).reduce((sum, n) => sum + n, 0)} dropped`;
  });
  say(
    `${name}: ${played.ledger.length} jobs; stats(): ${told.join(', ')}; missing: ${missing.map(([what, n]) => `${n} ${what}`).join(', ')}`,
  );
  const count =
    played.ledger.length === jobs ? [] : [`the ledger has ${played.ledger.length} jobs, not ${jobs}`];
  return { jobs: played.ledger.length, mismatches: [...amiss, ...count].map((text) => `${name}: ${text}`) };
}
