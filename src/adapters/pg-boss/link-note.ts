import type { Carrier } from '../../jobs/carrier.js';
import { numberOf } from '../../jobs/given.js';

/** What a failed attempt leaves in its job's output for the next one, which may run in another process. */
export interface OutputNote {
  readonly carrier: Carrier;
  /** The job that it is for, because jobs may fail with one error object. A batch leaves out this and what follows: its jobs share the error. */
  readonly job?: string | undefined;
  readonly attempt?: number | undefined;
  /** Epoch milliseconds by the database's clock: when the job could first have run. */
  readonly firstRun?: number | undefined;
}

const KEY = 'signalbox';

/**
 * Puts the note onto an error, which pg-boss stores with its properties. Returns a function that removes it. Does nothing if the error takes no
 * property.
 */
export function attachNote(error: unknown, note: OutputNote): () => void {
  try {
    if (!(error instanceof Error) || !Object.isExtensible(error)) return () => undefined;
    Object.defineProperty(error, KEY, { value: note, enumerable: true, configurable: true });
    return () => void Reflect.deleteProperty(error, KEY);
  } catch {
    return () => undefined;
  }
}

/** The note that a job's output has for this job, if there is one. */
export function noteOf(id: string, output: unknown): OutputNote | undefined {
  try {
    const { carrier, job, attempt, firstRun } =
      (output as { [KEY]?: Partial<OutputNote> } | null)?.[KEY] ?? {};
    if (typeof carrier !== 'object' || carrier === null || (job ?? id) !== id) return undefined;
    return { carrier, attempt: numberOf(attempt), firstRun: numberOf(firstRun) };
  } catch {
    return undefined;
  }
}
