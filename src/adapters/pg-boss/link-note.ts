import type { Carrier } from '../../jobs/carrier.js';
import { numberOf } from '../../jobs/given.js';

/** What a failed attempt leaves in its job's output for the next one, which may run in another process. */
export interface OutputNote {
  readonly carrier: Carrier;
  /** Whose it is, since jobs may fail of one error object. This and what follows is left out for a batch, whose jobs share the error. */
  readonly job?: string | undefined;
  readonly attempt?: number | undefined;
  /** Epoch milliseconds by the database's clock: when the job could first have run. */
  readonly firstRun?: number | undefined;
}

const KEY = 'signalbox';

/** Puts it onto an error that pg-boss stores with its own properties. Returns its undo. What takes no property gets none. */
export function attachNote(error: unknown, note: OutputNote): () => void {
  try {
    if (!(error instanceof Error) || !Object.isExtensible(error)) return () => undefined;
    Object.defineProperty(error, KEY, { value: note, enumerable: true, configurable: true });
    return () => void Reflect.deleteProperty(error, KEY);
  } catch {
    return () => undefined;
  }
}

/** The note that a job's output has, if there is one for it. */
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
