import type { JobJson, JobsOptions } from 'bullmq';

/** Options of a job as BullMQ stores them in Redis, where some names are short. */
interface ShortOptions extends JobsOptions {
  readonly tm?: string;
  readonly de?: NonNullable<JobsOptions['deduplication']>;
}

/** The options of a job, read from the text that BullMQ stores. */
export function storedOptions(stored: string | undefined): JobsOptions {
  return longOptions(JSON.parse(stored || '{}') as ShortOptions);
}

/** A job that BullMQ 5 sends, with the long names of its options: BullMQ 5 sends the short ones. */
export function sentJob(job: JobJson): JobJson {
  return { ...job, opts: longOptions(job.opts as ShortOptions) };
}

/** The context that a job carries. A sandboxed processor of BullMQ 5 gets it under its short name. */
export function metadataOf(opts: JobsOptions | undefined): string | undefined {
  return opts?.telemetry?.metadata ?? (opts as ShortOptions | undefined)?.tm;
}

function longOptions({ tm, de, ...opts }: ShortOptions): JobsOptions {
  return {
    ...opts,
    ...(tm === undefined ? {} : { telemetry: { ...opts.telemetry, metadata: tm } }),
    ...(de === undefined ? {} : { deduplication: de }),
  };
}

/** A job, read from its fields in Redis as far as telemetry needs them. Undefined if there is none. */
export function storedJob(id: string, fields: Readonly<Record<string, string>>): JobJson | undefined {
  const { name, opts, timestamp, atm, attemptsMade, finishedOn, processedOn, pb, failedReason } = fields;
  if (name === undefined) return undefined;
  return {
    id,
    name,
    opts: storedOptions(opts),
    timestamp: Number(timestamp),
    attemptsMade: Number(atm ?? attemptsMade ?? 0),
    ...(finishedOn === undefined ? {} : { finishedOn: Number(finishedOn) }),
    ...(processedOn === undefined ? {} : { processedOn: Number(processedOn) }),
    ...(pb === undefined ? {} : { processedBy: pb }),
    ...(failedReason === undefined ? {} : { failedReason }),
  } as JobJson;
}
