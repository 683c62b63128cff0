import { alertFinds } from '../dashboards/found.js';
import { Unfound } from '../dashboards/unfound.js';
import { waitUntil } from '../stack/wait.js';
import { startNode } from '../subjects/child.js';
import type { Scene, Step } from './step.js';

const SCENE_MILLIS = 90_000;
const LOOK_MILLIS = 1000;
/** A port that nobody listens on: discard. */
const DEAD = 'http://127.0.0.1:9';

interface Trouble {
  readonly name: string;
  readonly args: readonly string[];
  /** The alerts that this run is made to trigger. */
  readonly triggers: readonly string[];
}

const example = (...flags: readonly string[]): string[] => [
  'examples/job-queue/main.ts',
  '--forever',
  '--format',
  'json',
  ...flags,
];

/** When everybody has fallen silent. */
const AFTERWARDS = ['TelemetryAbsent', 'QueueMonitorMissing'];

const TROUBLES: readonly Trouble[] = [
  {
    name: 'overload, failures, and a second endpoint that is dead',
    args: example(
      '--speed',
      '20',
      '--workers',
      '2',
      '--capacity',
      '6',
      '--seed',
      '51',
      '--otlp2',
      DEAD,
    ).concat(['email=0.9', 'report=0.9', 'payment=0.5'].flatMap((rate) => ['--fail', rate])),
    triggers: ['JobsAbandoned', 'JobFailureRatio', 'TelemetryDropped'],
  },
  {
    name: 'handlers that hang',
    args: example('--speed', '2', '--workers', '2', '--seed', '52', '--hang', '1', '--timeout', '8000'),
    triggers: ['JobAttemptHung'],
  },
  {
    name: 'no workers',
    args: example('--speed', '2', '--workers', '0', '--seed', '53'),
    triggers: ['JobBacklogGrowing', 'JobTooOld', 'JobWorkersMissing'],
  },
  {
    name: 'a worker that is killed, and a schedule that does not come',
    args: ['test/e2e/subjects/stalls.ts'],
    triggers: ['ScheduleMissed'],
  },
];

export const dashboards: Step = {
  name: 'dashboards',
  shows: 'every query of every panel and every alert finds what a run made for it has triggered',
  async run(scene) {
    const unfound = new Unfound(scene.stack);
    const all = unfound.where.length;
    for (const trouble of TROUBLES) await trigger(scene, trouble, unfound);
    await lookUntil(unfound, AFTERWARDS, () => unfound.where.length === 0);
    scene.say(`${all - unfound.where.length} of ${all} queries found something`);
    return { jobs: 0, mismatches: unfound.where.map((where) => `finds nothing: ${where}`) };
  },
};

async function trigger({ stack, say }: Scene, trouble: Trouble, unfound: Unfound): Promise<void> {
  const { name, args, triggers } = trouble;
  say(name);
  const instance = name.replaceAll(/\W+/g, '-');
  // A service of its own: what others did well would outweigh what goes wrong here.
  const env = { OTEL_SERVICE_NAME: 'troubled', OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}` };
  const child = startNode([...args, '--otlp', stack.otlp], env, SCENE_MILLIS * 2);
  try {
    await waitUntil(SCENE_MILLIS, `the metrics of the run '${name}'`, () => {
      return alertFinds(stack, `signalbox_items_total{service_instance_id="${instance}"}`);
    });
    await lookUntil(unfound, triggers, () => {
      return !triggers.some((one) => unfound.where.includes(`alert ${one}`));
    });
  } finally {
    child.stop();
    await child.ended;
  }
}

/** Looks again and again until it is so, or the time is over. */
async function lookUntil(unfound: Unfound, alerts: readonly string[], isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + SCENE_MILLIS;
  do {
    await unfound.look(alerts);
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLIS));
  } while (Date.now() < deadline);
}
