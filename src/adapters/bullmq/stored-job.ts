import type { JobJson, JobsOptions } from 'bullmq';

/** Options of a job as BullMQ stores them in Redis: some names are short there. */
interface ShortOptions extends JobsOptions {
  readonly tm?: string;
  readonly de?: NonNullable<JobsOptions['deduplication']>;
}

/** The options of a job by the text that is stored of them. */
export function storedOptions(stored: string | undefined): JobsOptions {
  return longOptions(JSON.parse(stored || '{}') as ShortOptions);
}

/** A job that BullMQ 5 sends: with its options as they are to be stored. */
export function sentJob(job: JobJson): JobJson {
  return { ...job, opts: longOptions(job.opts as ShortOptions) };
}

/** The context that a job carries, as it is named in its own process, or as a sandboxed processor of BullMQ 5 is given it. */
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

/** A job by its fields in Redis, as far as telemetry asks for them. Undefined where there is none. */
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
