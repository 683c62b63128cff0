import type { JobInfo } from 'signalbox/jobs';
import type { Job } from './job.js';

/** A job to enqueue. */
export interface NewJob {
  /** One live job has an id; after its end the id is free again. */
  id: string;
  /** The type of a registered processor. */
  type: string;
  /** An integer; higher runs first. Default 0. */
  priority?: number;
  /** What `structuredClone` can copy. It is copied at once: later changes of yours are not seen. */
  payload: unknown;
  /** At least 1. Default 3. */
  maxAttempts?: number;
  /** Milliseconds until it may first run. Default 0. */
  delayMillis?: number;
  /** Aborting it cancels the job, with the signal's reason. */
  signal?: AbortSignal;
}

/** A new job as it was read, once. */
export interface ValidJob extends Pick<Job, 'info' | 'payload'> {
  readonly valid: true;
  readonly delayMillis: number;
  readonly signal: AbortSignal | undefined;
}

/** What could be read of a job that is none, and what is wrong with it: anything, for a getter can throw anything. */
export interface InvalidJob {
  readonly valid: false;
  readonly info: JobInfo;
  readonly problem: unknown;
}

/** The last moment that a `Date` can hold, in epoch ms. */
const END_OF_TIME = 8.64e15;

/** Reads a new job from whatever was given, at the moment `at` (epoch ms). Nothing in it can make this throw. */
export function readNewJob(given: NewJob, at: number): ValidJob | InvalidJob {
  let info: JobInfo = {};
  try {
    const { id, type, priority = 0, payload, maxAttempts = 3, delayMillis = 0, signal } = given;
    info = {
      id: text(id),
      type: text(type),
      priority: integer(priority, Number.MIN_SAFE_INTEGER),
      maxAttempts: integer(maxAttempts, 1),
    };
    return {
      valid: true,
      info: {
        id: must(info.id, 'the id of a job is a text that is not empty'),
        type: must(info.type, 'the type of a job is a text that is not empty'),
        priority: must(info.priority, 'the priority of a job is an integer'),
        maxAttempts: must(info.maxAttempts, 'maxAttempts of a job is a positive integer'),
      },
      delayMillis: must(
        delay(delayMillis, at),
        'delayMillis of a job is a number of milliseconds, 0 or more',
      ),
      signal:
        signal === undefined ? signal : must(abortSignal(signal), 'the signal of a job is an AbortSignal'),
      payload: structuredClone(payload),
    };
  } catch (problem) {
    return { valid: false, info, problem };
  }
}

function must<T>(value: T | undefined, sentence: string): T {
  if (value === undefined) throw new TypeError(sentence);
  return value;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function integer(value: unknown, least: number): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least ? value : undefined;
}

function delay(value: unknown, at: number): number | undefined {
  return typeof value === 'number' && value >= 0 && at + value <= END_OF_TIME ? value : undefined;
}

function abortSignal(value: unknown): AbortSignal | undefined {
  return value instanceof AbortSignal ? value : undefined;
}
