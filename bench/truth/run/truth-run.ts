import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from '../../../test/e2e/stack/stack.js';
import { startStack } from '../../../test/e2e/stack/start.js';
import { waitUntil } from '../../../test/e2e/stack/wait.js';
import type { ReceivedLog } from '../../../test/support/otlp-model.js';
import type { Comparison } from '../compare/compare.js';
import { compareTruth } from '../compare/compare.js';
import type { Evidence, Outage } from '../compare/evidence.js';
import type { EngineName } from '../engines/engine.js';
import { engines } from '../engines/index.js';
import type { Fact } from '../facts.js';
import { readNotes } from '../notes.js';
import type { StoreServer } from '../stores/store.js';
import { buildPrograms } from '../subjects/build.js';
import type { Totals } from '../subjects/noted.js';
import { filesOf, SERVICE } from '../subjects/order.js';
import { spansInJaeger, totalsInPrometheus } from './backends.js';
import type { Fallen } from './crew.js';
import { Crew } from './crew.js';
import type { Disturbance, Victim } from './disturbances.js';
import { disturb, planDisturbances } from './disturbances.js';
import { gatherProcess } from './gather.js';

export interface TruthOptions {
  readonly engine: EngineName;
  readonly jobs: number;
  readonly seed: number;
  /** Jobs a second. */
  readonly rate: number;
  readonly workers: number;
  /** Which disturbances; all where it is undefined. */
  readonly only: readonly Victim[] | undefined;
  readonly keep: boolean;
  readonly say: (line: string) => void;
}

export interface TruthResult {
  readonly evidence: Evidence;
  readonly comparison: Comparison;
  readonly disturbances: readonly Disturbance[];
  readonly fallen: readonly Fallen[];
  readonly seconds: number;
  readonly storeVersion: string;
}

const ARRIVAL_MILLIS = 5 * 60_000;
/** Where nothing more has come for so long, nothing is on its way. */
const QUIET_MILLIS = 30_000;
const LOOK_MILLIS = 250;
/** No engine waits longer before another attempt, nor does a handler take as long. */
const STUCK_MILLIS = 20_000;
/** Engines take their time to find what killed workers held, and to try again. */
const DRAIN_MILLIS = 5 * 60_000;

/** Plays jobs through an engine while its workers, its store, the collector and Jaeger are killed, and compares what is told of it. */
export async function runTruth(options: TruthOptions): Promise<TruthResult> {
  const { say, keep, jobs, seed } = options;
  const engine = engines[options.engine];
  await buildPrograms(['producer', 'worker']);
  const directory = await mkdtemp(join(tmpdir(), `signalbox-truth-${options.engine}-`));
  let stack: Stack | undefined;
  let store: StoreServer | undefined;
  let crew: Crew | undefined;
  try {
    stack = await startStack({ name: 'truth', say });
    store = await engine.startStore();
    await engine.prepare(store.url);
    const began = Date.now();
    crew = new Crew({
      engine: options.engine,
      store: store.url,
      otlp: stack.otlp,
      directory,
      jobs,
      seed,
      rate: options.rate,
    });
    await crew.producer.said('ready');
    await crew.grow(options.workers);
    say(
      `${options.engine}: ${jobs} jobs, ${options.rate} a second, ${options.workers} workers, seed ${seed}`,
    );
    crew.producer.tell('go');
    const disturbances = planDisturbances(jobs, seed, options.only);
    const outages = await play({ stack, store, crew, say }, disturbances, directory, options);
    say('all jobs are in; until none is left');
    await drain(engine.open, store.url, crew, outages.length, say);
    await crew.end();
    const ended = Date.now();
    say(
      `all processes have ended after ${((ended - began) / 1000).toFixed(0)} s; what they told is compared`,
    );
    const { fallen } = crew;
    const fell = new Set(fallen.map(({ name }) => name));
    const processes = crew.all.map(({ name, killed, endedAt }) =>
      gatherProcess(directory, name, killed || fell.has(name) ? endedAt : undefined),
    );
    const stored = await engine.read(store.url);
    const { jaeger, prometheus, records, refusals } = stack;
    const refused: string[] = [];
    const found = await arrived(say, async () => {
      const spans = await spansInJaeger(jaeger, began, ended);
      const totals = new Map<string, Totals>();
      const logs: ReceivedLog[] = [];
      for (const { name } of processes) {
        totals.set(name, await totalsInPrometheus(prometheus, name));
        logs.push(
          ...(await records({ service: SERVICE, instance: name, fromMillis: began, toMillis: ended })),
        );
      }
      const evidence = { jobs, processes, store: stored, outages, spans, logs, totals };
      const comparison = compareTruth(evidence);
      refused.push(...refusals().map((text) => `Loki's stand-in was sent ${text}`));
      return {
        evidence,
        comparison: { ...comparison, mismatches: [...comparison.mismatches, ...refused] },
      };
    });
    return { ...found, disturbances, fallen, seconds: (ended - began) / 1000, storeVersion: store.version };
  } finally {
    await crew?.kill();
    await Promise.allSettled([stack?.stop(), store?.stop()]);
    if (keep) say(`what the processes wrote is in ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

interface Found {
  readonly evidence: Evidence;
  readonly comparison: Comparison;
}

/** Looks until nothing is amiss any more, or nothing more comes: what was sent takes its time through the collector. */
async function arrived(say: TruthOptions['say'], look: () => Promise<Found>): Promise<Found> {
  const until = Date.now() + ARRIVAL_MILLIS;
  let [last, changedAt] = ['', Date.now()];
  for (;;) {
    const found = await look().catch((error: unknown) => {
      if (Date.now() > until) throw error;
      return undefined;
    });
    if (found !== undefined) {
      const { mismatches } = found.comparison;
      const now = `${found.evidence.spans.length} ${found.evidence.logs.length} ${mismatches.length}`;
      if (mismatches.length === 0 || Date.now() > until || Date.now() - changedAt > QUIET_MILLIS)
        return found;
      if (now !== last) {
        say(`${mismatches.length} mismatches so far, as: ${mismatches[0]}`);
        [last, changedAt] = [now, Date.now()];
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

/** Until all jobs are in. Gives when the engine's store was down. */
async function play(
  scene: Parameters<typeof disturb>[0],
  planned: readonly Disturbance[],
  directory: string,
  { jobs, rate }: TruthOptions,
): Promise<Outage[]> {
  const outages: Outage[] = [];
  const { ledger } = filesOf(directory, 'producer');
  const left = [...planned];
  const within = 10 * 60_000 + (jobs / rate) * 10_000;
  let all = false;
  const produced = scene.crew.producer.said('produced').then(() => {
    all = true;
  });
  produced.catch(() => undefined);
  await waitUntil(within, 'all jobs to be in and all disturbances to be over', async () => {
    scene.crew.check(outages.length);
    const accepted = readNotes<Fact>(ledger).filter(({ fact }) => fact === 'accepted').length;
    const next = left[0];
    if (next !== undefined && (all || accepted / jobs >= next.at)) {
      left.shift();
      const outage = await disturb(scene, next);
      if (outage !== undefined) outages.push(outage);
    } else await new Promise((resolve) => setTimeout(resolve, LOOK_MILLIS));
    return all && left.length === 0;
  });
  return outages;
}

async function drain(
  open: (url: string) => Promise<number>,
  url: string,
  crew: Crew,
  outages: number,
  say: TruthOptions['say'],
): Promise<void> {
  let [left, changedAt] = [-1, Date.now()];
  const holds = async (): Promise<boolean> => {
    crew.check(outages);
    const now = await open(url);
    if (now !== left) [left, changedAt] = [now, Date.now()];
    else if (Date.now() - changedAt > STUCK_MILLIS && crew.freeAll()) {
      say(`${left} jobs are held by nobody who runs them, and are freed by hand`);
      changedAt = Date.now();
    }
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MILLIS));
    return left === 0;
  };
  await waitUntil(DRAIN_MILLIS, 'no job to be left', holds).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}: ${left} are left`);
  });
}
