import type { Job } from 'bullmq';
import type { Carrier } from '../../jobs/index.js';

const MARK = 'signalbox ';
const LONGEST = 4096;

/** What a failed attempt leaves in its job's stack traces for the next attempt, which may run in another process. */
export interface TraceNote {
  readonly carrier: Carrier;
  readonly number: number;
  /** BullMQ's count of the job's starts, that attempt included. */
  readonly starts: number;
  /** Epoch milliseconds. Undefined if the handler ran in a child: nobody here knows it then. */
  readonly failedAt?: number | undefined;
}

/** Puts the note where BullMQ stores it together with the failure, in one step. Removes earlier notes. */
export function leaveNote(job: Job, note: TraceNote | undefined): void {
  const others = (job.stacktrace ?? []).filter((line) => !isNote(line));
  job.stacktrace = note ? [...others, MARK + JSON.stringify(note)] : others;
}

export function findNote(job: Job): TraceNote | undefined {
  const line = job.stacktrace?.filter(isNote).at(-1);
  if (line === undefined) return undefined;
  try {
    const { carrier, number, starts, failedAt } = JSON.parse(line.slice(MARK.length)) as TraceNote;
    return typeof carrier === 'object' && Number.isInteger(number) && Number.isInteger(starts)
      ? { carrier, number, starts, failedAt }
      : undefined;
  } catch {
    // Somebody cut the line.
    return undefined;
  }
}

/** How many of a job's failures left a stack trace. */
export function tracesOf(job: Job): number {
  return job.stacktrace?.filter((line) => !isNote(line)).length ?? 0;
}

function isNote(line: unknown): line is string {
  return typeof line === 'string' && line.startsWith(MARK) && line.length <= LONGEST;
}
