import type { PgBoss } from 'pg-boss';
import { beside } from '../../jobs/watch-promise.js';
import { spanOf } from '../../telemetry/context.js';
import { activeContext } from '../../telemetry/context-manager.js';
import { observeInPlace } from '../common/observed-object.js';
import { SettleSpan } from './statement-spans.js';

type Db = ReturnType<PgBoss['getDb']>;

/** By database, the method that signalbox has put there. Several bosses may share a database. */
const heard = new WeakMap<object, unknown>();

/** Hears what a boss's database answers to the statements that settle its jobs. pg-boss makes each of them within a span, which is ours. */
export class Answers {
  readonly #db: Db;
  #areHeard: boolean;

  constructor(db: Db) {
    this.#db = db;
    this.#areHeard = hear(db);
  }

  /** Whether the answers are heard. Not if the database takes no properties, stands in for another, or has another method by now. */
  get areHeard(): boolean {
    return this.#areHeard && this.#db.executeSql === heard.get(this.#db);
  }

  /** One answer was not heard: rely on no further ones. */
  missed(): void {
    this.#areHeard = false;
  }
}

function hear(db: Db): boolean {
  if (heard.has(db)) return true;
  try {
    const own = Object.getOwnPropertyDescriptor(db, 'executeSql');
    // A proxy over a database with a method of its own would call itself.
    if (typeof db.executeSql !== 'function' || (own && own.value !== db.executeSql)) return false;
    observeInPlace<Db>(db, {
      executeSql: (call, args) => {
        const span = spanOf(activeContext());
        const result = call(...args);
        if (span instanceof SettleSpan)
          beside<unknown>(
            result,
            (value) => span.answered(responseOf(value)),
            () => undefined,
            false,
          );
        return result;
      },
    });
    heard.set(db, db.executeSql);
    return true;
  } catch {
    return false;
  }
}

/** The answer of a settling statement in pg-boss's own form: which jobs it settled, or how many. */
function responseOf(result: unknown): unknown {
  // Some drivers return the rows themselves.
  const rows: unknown = Array.isArray(result) ? result : (result as { readonly rows?: unknown } | null)?.rows;
  if (!Array.isArray(rows)) return undefined;
  const [first] = rows as readonly ({ readonly ids?: unknown; readonly count?: unknown } | undefined)[];
  if (Array.isArray(first?.ids)) return { settled: first.ids };
  const ids = rows.map((row: { readonly id?: unknown } | null) => row?.id);
  if (ids.every((id) => typeof id === 'string')) return { settled: ids };
  return first?.count === undefined ? undefined : { affected: Number(first.count) };
}
