import type { Carrier } from '../../jobs/index.js';
import type { GraphileAdapter } from './adapter.js';
import type { JobsSource } from './database.js';
import { ownJobsOf } from './database.js';
import { carrierIn, KEY } from './job-carrier.js';
import type { Schema } from './schema.js';

/** The contexts of enqueues, by job. */
export type Carriers = ReadonlyMap<string, Carrier>;

/**
 * Finds the contexts of enqueues, of other processes too. It reads only our note of a payload. If it can not read that, it finds the contexts that
 * this process saw. Never rejects.
 */
export type FindCarriers = (ids: readonly string[]) => Promise<Carriers>;

export function carriersOf(adapter: GraphileAdapter, schema: Schema, source: JobsSource): FindCarriers {
  const ask = ownJobsOf(source, schema.name);
  return async (ids) => {
    const found = new Map<string, Carrier>();
    const unseen: string[] = [];
    for (const id of ids) {
      const carrier = schema.carriers.get(id);
      if (carrier) found.set(id, carrier);
      else unseen.push(id);
    }
    if (unseen.length === 0 || !adapter.carriesContext) return found;
    try {
      const rows = await ask(
        (jobs) => `select id, payload -> '${KEY}' as note from ${jobs} where id = any($1::bigint[])`,
        [unseen],
      );
      for (const { id, note } of rows) {
        const carrier = carrierIn(note);
        if (carrier) found.set(String(id), carrier);
      }
    } catch (error) {
      adapter.report('contexts of enqueues', error);
    }
    return found;
  };
}
