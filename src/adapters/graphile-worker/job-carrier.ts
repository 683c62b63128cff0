import type { Carrier } from '../../jobs/index.js';

/** The key of the carrier in a payload: graphile-worker has no other place for it. */
export const KEY = '_signalbox';

/** What travels with a job. */
export interface PayloadNote {
  readonly carrier?: Carrier;
  /** Epoch milliseconds: the time for which the app added the job, if it gave one. */
  readonly runAt?: number;
}

const NONE: PayloadNote = {};
// By the row object, because another box that looks at the same job must find the note too.
const notes = new WeakMap<object, PayloadNote>();
const made = new WeakSet<object>();

/**
 * Returns the payload with its note. Only plain objects take one: graphile-worker treats lists as batches, and an object with `toJSON` may become
 * anything.
 */
export function withNote(payload: unknown, carrier: Carrier, runAt: number | undefined): unknown {
  const given = payload ?? {};
  if (!isPlain(given) || Object.keys(carrier).length === 0) return payload;
  const note: PayloadNote = runAt === undefined ? { carrier } : { carrier, runAt };
  const noted = { ...given, [KEY]: note };
  made.add(noted);
  return noted;
}

/** Whether signalbox made this payload for a job that is being added. A call that gets it adds that same job. */
export function travels(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && made.has(payload);
}

/** Takes the note out of a job's payload, which then is what the app gave. */
export function takeNote(job: { payload: unknown }): PayloadNote {
  const known = notes.get(job);
  if (known) return known;
  const { payload } = job;
  if (!isPlain(payload) || !Object.hasOwn(payload, KEY)) return NONE;
  const { [KEY]: found, ...given } = payload;
  job.payload = given;
  const note = read(found);
  notes.set(job, note);
  return note;
}

/** The context in a note that the database returned. */
export function carrierIn(note: unknown): Carrier | undefined {
  return read(note).carrier;
}

function read(found: unknown): PayloadNote {
  if (!isPlain(found) || !isPlain(found.carrier)) return NONE;
  const carrier = found.carrier as Carrier;
  const runAt = found.runAt;
  return typeof runAt === 'number' ? { carrier, runAt } : { carrier };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  return typeof (value as { toJSON?: unknown }).toJSON !== 'function';
}
