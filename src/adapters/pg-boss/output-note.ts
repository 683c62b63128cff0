import type { Carrier } from '../../jobs/carrier.js';
import { numberOf } from '../../jobs/given.js';
import type { Recent } from '../../jobs/recent.js';
import { EXPIRED } from './job-row.js';
import type { KnownJob } from './running-here.js';

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

/** Whether the supervisor ended the attempt before: its worker vanished, since one that lives ends its attempts itself. */
export function wasStalled(output: unknown): boolean {
  try {
    const message = (output as { value?: { message?: unknown } } | null)?.value?.message;
    return typeof message === 'string' && EXPIRED.includes(message);
  } catch {
    return false;
  }
}

/** One attempt at a job, by its number. */
export function lifeOf(id: string, attempt: number | undefined): string {
  return `${id} ${attempt}`;
}

/** Whether the worker of the attempt before vanished, and nobody here has said what became of it. */
export function stalledBefore(lives: Recent<true>, { id, retryCount, output }: KnownJob): boolean {
  return retryCount > 0 && wasStalled(output) && !lives.has(lifeOf(id, retryCount));
}
