import type { JobInsert } from 'pg-boss';
import type { Carrier } from '../../jobs/carrier.js';
import { plain } from '../../jobs/given.js';
import type { ObservedBoss } from './boss-state.js';
import type { Birth } from './job-table.js';

/** A job that the app inserts. */
export interface Inserted {
  readonly queue: unknown;
  readonly data: unknown;
  readonly options: Partial<JobInsert>;
  /** Its id, whether the app or signalbox chose it. */
  readonly id: string | undefined;
  /** Whether the app chose the id. Then a job with that id may be there already. */
  readonly given: boolean;
}

/**
 * The jobs of an `insert()`, and the jobs to give to pg-boss. signalbox chooses ids where the app chooses none, because pg-boss returns ids only if
 * the app asks for them.
 */
export function insertionsOf(
  name: unknown,
  jobs: readonly unknown[],
): { items: Inserted[]; jobs: unknown[] } {
  const items: Inserted[] = [];
  const named = jobs.map((job) => {
    const options = plain(job as JobInsert & { name?: unknown });
    const queue = name ?? options.name;
    const given = options.id !== undefined && options.id !== null;
    const id = given ? options.id : isPlain(job) ? crypto.randomUUID() : undefined;
    items.push({ queue, data: options.data, options, id, given });
    return given || id === undefined ? job : { ...(job as object), id };
  });
  return { items, jobs: named };
}

function isPlain(job: unknown): boolean {
  try {
    return typeof job === 'object' && job !== null && !('toJSON' in job);
  } catch {
    return false;
  }
}

export type Fate = 'accepted' | 'duplicate' | 'unknown';

/** One call of `insert()`. */
export interface InsertCall {
  readonly result: unknown;
  /** When the app made the call, by the clock of `performance`. */
  readonly since: number;
  /** The carrier of its jobs. */
  readonly carrier: Carrier;
  /** Whether signalbox may read the table for it. */
  readonly readable: boolean;
}

/** The most reads of the table to find out whether a job with an id of the app's was there before. */
const READS = 3;

/** The fate of each job of an insert: by what the call returned if that says it, otherwise by the table. */
export async function fatesOf(
  observed: ObservedBoss,
  queue: string,
  items: readonly Inserted[],
  about: InsertCall,
): Promise<readonly Fate[]> {
  const { result, readable } = about;
  if (Array.isArray(result)) {
    const accepted = new Set<unknown>(result);
    return items.map(({ id }) =>
      id === undefined ? 'unknown' : accepted.has(id) ? 'accepted' : 'duplicate',
    );
  }
  const free = async (): Promise<boolean> => (await observed.table.policy(queue)) === 'standard';
  if (!readable) {
    const all = await free();
    return items.map((item) => (all && !mayCollide(item) ? 'accepted' : 'unknown'));
  }
  const ids = items.flatMap(({ id }) => id ?? []);
  let births = await observed.table.births(queue, ids);
  const unsure = (): boolean =>
    items.some(({ id, given }) => given && id !== undefined && isUnsure(births?.get(id), about));
  // How exactly a birth is known depends on how long an answer took, so ask again.
  for (let reads = 1; reads < READS && births && unsure(); reads++)
    births = nearer(births, await observed.table.births(queue, ids));
  if (!births) return items.map(() => 'unknown');
  const removed = ids.some((id) => !births.has(id)) && (await free());
  return items.map((item) => {
    if (item.id === undefined) return 'unknown';
    const birth = births.get(item.id);
    // If nothing can stand in its way, pg-boss accepted it, though somebody was quick to remove it.
    if (!birth) return removed && !mayCollide(item) ? 'accepted' : 'duplicate';
    return item.given ? bornOf(birth, about) : 'accepted';
  });
}

function isUnsure(birth: Birth | undefined, call: InsertCall): boolean {
  return birth !== undefined && bornOf(birth, call) === 'unknown';
}

function nearer(
  births: ReadonlyMap<string, Birth>,
  again: ReadonlyMap<string, Birth> | undefined,
): ReadonlyMap<string, Birth> {
  const both = new Map(births);
  for (const [id, { notBefore, notAfter, carrier }] of again ?? []) {
    const first = both.get(id);
    both.set(id, {
      notBefore: Math.max(first?.notBefore ?? notBefore, notBefore),
      notAfter: Math.min(first?.notAfter ?? notAfter, notAfter),
      carrier,
    });
  }
  return both;
}

// A job with an id of the app's may have been there before.
function bornOf({ notBefore, notAfter, carrier }: Birth, call: InsertCall): Fate {
  const { traceparent } = call.carrier;
  if (traceparent !== undefined && carrier?.traceparent !== undefined)
    return carrier.traceparent === traceparent ? 'accepted' : 'duplicate';
  if (notBefore >= call.since) return 'accepted';
  return notAfter < call.since ? 'duplicate' : 'unknown';
}

function mayCollide({ given, options }: Inserted): boolean {
  const { singletonSeconds } = options as { singletonSeconds?: unknown };
  return given || (singletonSeconds !== undefined && singletonSeconds !== null);
}
