import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import type { bullmqJobs } from 'signalbox/bullmq';
import type { graphileJobs } from 'signalbox/graphile-worker';
import type { JobsOptions } from 'signalbox/jobs';
import type { pgBossJobs } from 'signalbox/pg-boss';

/** The package as it is here, or as it was released. */
export type ReleaseName = 'this' | '0.1';

/** What is observed with. */
export interface Release {
  createSignalbox(): Signalbox;
  /** Each engine's adapter is loaded by who needs it. */
  bullmq(): Promise<{ readonly bullmqJobs: typeof bullmqJobs }>;
  pgBoss(): Promise<{ readonly pgBossJobs: typeof pgBossJobs }>;
  graphileWorker(): Promise<{ readonly graphileJobs: typeof graphileJobs }>;
}

/** How a process observes, where that is not as this release does without options. */
export interface Observed {
  readonly release?: ReleaseName;
  readonly options?: Pick<JobsOptions, 'relation' | 'compat' | 'baggage'>;
}

const THIS: Release = {
  createSignalbox: () => createSignalbox(),
  bullmq: () => import('signalbox/bullmq'),
  pgBoss: () => import('signalbox/pg-boss'),
  graphileWorker: () => import('signalbox/graphile-worker'),
};

export async function releaseOf(name: ReleaseName = 'this'): Promise<Release> {
  if (name === 'this') return THIS;
  // Its types are those of this release, as far as they are used here.
  const entry = (file: string): Promise<never> =>
    import(new URL(`../release-${name}/${file}.js`, import.meta.url).href) as Promise<never>;
  const index = (await entry('index')) as { readonly createSignalbox: typeof createSignalbox };
  return {
    createSignalbox: () => index.createSignalbox(),
    bullmq: () => entry('bullmq'),
    pgBoss: () => entry('pg-boss'),
    graphileWorker: () => entry('graphile-worker'),
  };
}
