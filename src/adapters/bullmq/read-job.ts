import type { JobJson } from 'bullmq';

/** Reads a job as it is stored. */
export type ReadJob = (id: string) => Promise<JobJson | undefined>;
