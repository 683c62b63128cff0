import { createRequire } from 'node:module';
import type { ConstructorOptions, PgBoss } from 'pg-boss';
import * as own from 'pg-boss';
import type { Signalbox } from 'signalbox';
import { PgBossInstrumentation } from 'signalbox/instrumentation';
import type { PgBossJobs } from 'signalbox/pg-boss';
import { importedModuleOf, moduleOf } from '../../lines/line.js';
import type { Hands } from '../hands.js';
import { held } from '../hands.js';
import type { Observed } from '../release.js';
import { releaseOf } from '../release.js';
import type { Form, Line } from '../setting.js';

type BossClass = typeof PgBoss;

/** Bosses that are observed. */
export interface ObservedPgBoss {
  readonly jobs: PgBossJobs;
  boss(options: ConstructorOptions): PgBoss;
  /** The boss by which a queue is watched: the observed one, or, where an instrumentation has that, another that is given to its jobs. */
  watcher(boss: PgBoss, other: PgBoss): PgBoss;
  /** The class as nobody observes it. */
  readonly Unseen: BossClass;
  /** Whoever comes after it is not observed by it. */
  end(): void;
}

/** How a world observes. */
export interface Observing {
  readonly line: Line | undefined;
  readonly form: Form | undefined;
  readonly observed: Observed | undefined;
  readonly hands: Hands;
}

export async function observedPgBoss(
  box: Signalbox,
  { line, form = 'wrapper', observed: { release, options: more } = {}, hands }: Observing,
): Promise<ObservedPgBoss> {
  // A job that was brought back after its end is linked to what came before by what its row says alone.
  const options = { attemptLinks: 'persist', ...more } as const;
  const jobs = (await (await releaseOf(release)).pgBoss()).pgBossJobs(box, options);
  const Unseen = await classOf(line);
  const plain = { jobs, Unseen, watcher: (boss: PgBoss) => boss, end: () => undefined };
  if (form === 'class') {
    const { PgBoss: Observed } = jobs.classes({ PgBoss: Unseen });
    return { ...plain, boss: (given) => new Observed(given) };
  }
  if (form === 'instrumentation') {
    const instrumentation = new PgBossInstrumentation(box, options);
    const Seen = await classOf(line, 'anew');
    return {
      ...plain,
      boss: (given) => new Seen(given),
      watcher: (_, other) => jobs.boss(other),
      end: () => instrumentation.disable(),
    };
  }
  return {
    ...plain,
    boss: (given) => held(hands, 'boss', new Unseen(jobs.options(given)), (made) => jobs.boss(made)),
  };
}

/** The class, as an app has it. Up to 11 the module is the class, and is CommonJS; `anew`: it is loaded again, so that an instrumentation sees that. */
async function classOf(line: Line | undefined, how: 'anew' | 'once' = 'once'): Promise<BossClass> {
  if (line === undefined) return own.PgBoss;
  if (!/-1[01]$/.test(line)) return (await importedModuleOf<{ PgBoss: BossClass }>(line, 'pg-boss')).PgBoss;
  const { cache } = createRequire(import.meta.url);
  if (how === 'anew')
    for (const id of Object.keys(cache))
      if (id.includes(`/.work/${line}/`)) Reflect.deleteProperty(cache, id);
  return moduleOf<BossClass>(line, 'pg-boss');
}
