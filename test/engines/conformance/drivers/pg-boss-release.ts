import type { JobInsert, JobWithMetadata, PgBoss, WorkOptions } from 'pg-boss';
import type { Traits } from '../driver.js';
import type { Line } from '../setting.js';

interface At {
  readonly boss: PgBoss;
  /** A boss that nobody observes. */
  readonly stranger: PgBoss;
  readonly name: string;
}

type BatchHandler = (jobs: JobWithMetadata[]) => Promise<unknown>;

/** What a driver has to know of a release: what an app does otherwise there. */
export interface PgBossRelease {
  readonly traits: Partial<Traits>;
  /** Whether `offWork()` waits for the workers. */
  readonly awaitsWorkers: boolean;
  /** Returns the ids. */
  insert(at: At, jobs: JobInsert[]): Promise<readonly string[]>;
  work(
    boss: PgBoss,
    name: string,
    options: WorkOptions & { includeMetadata: true },
    concurrency: number,
    handler: () => BatchHandler,
  ): Promise<void>;
  stateOf(boss: PgBoss, name: string, id: string): Promise<JobWithMetadata['state'] | undefined>;
}

const THIS: PgBossRelease = {
  traits: {},
  awaitsWorkers: true,
  insert: async ({ boss, name }, jobs) => (await boss.insert(name, jobs, { returnId: true })) ?? [],
  work: async (boss, name, options, localConcurrency, handler) => {
    await boss.work(name, { ...options, localConcurrency }, handler());
  },
  stateOf: async (boss, name, id) => (await boss.findJobs(name, { id }))[0]?.state,
};

/** No column carries a context, nothing hears pg-boss's own sends, no signal reaches a handler, and no call returns the ids of an insert. */
const BEFORE_12_4: PgBossRelease = {
  traits: {
    carries: false,
    // Before it stores a failure, the look comes by which its outcome is known.
    latenessMillis: 500,
    scheduled: { enqueued: false, queued: false, relation: 'none', waits: 'any' },
  },
  awaitsWorkers: false,
  insert: async (at, jobs) => {
    await at.boss.insert(at.name, jobs);
    return insertedAt(at);
  },
  work: async (boss, name, options, concurrency, handler) => {
    for (let i = 0; i < concurrency; i++) await boss.work(name, options, handler());
  },
  stateOf: async (boss, name, id) => (await boss.getJobById(name, id))?.state,
};

export const RELEASES: Readonly<Partial<Record<Line | 'this', PgBossRelease>>> = {
  this: THIS,
  'pg-boss-12.0': BEFORE_12_4,
  'pg-boss-11': BEFORE_12_4,
  'pg-boss-10': {
    ...BEFORE_12_4,
    insert: async (at, jobs) => {
      const named = jobs.map((job) => ({ ...job, name: at.name }));
      await (at.boss.insert as unknown as (jobs: readonly JobInsert[]) => Promise<void>)(named);
      return insertedAt(at);
    },
  },
};

async function insertedAt({ stranger, name }: At): Promise<readonly string[]> {
  const { rows } = await stranger.getDb().executeSql('SELECT id FROM pgboss.job WHERE name = $1', [name]);
  return (rows as readonly { readonly id: string }[]).map(({ id }) => id);
}
