import type { Note } from '../development/note.js';
import { isError } from '../emission/describe-error.js';
import { isList } from '../emission/level-record.js';
import { noValueCounts, readGuarded, readOwn, UNREADABLE } from '../emission/value.js';

/** The most names of an object that are kept beside those that a signal declares. */
const NAMES = 64;

/** A copy of a note that can wait: the app may change its objects meanwhile, or use them for the next emit. */
export function noteAsNow(note: Note): Note {
  if (note.kind !== 'values') return note;
  const { signal, fields, options } = note;
  const given = signal.open && isError(fields) ? { error: fields } : fields;
  return {
    ...note,
    fields: copyOf(given, Object.keys(signal.fields), NAMES),
    options: copyOf(options, ['message', 'timestamp'], 0),
  };
}

/** Copies the values of these names and of the first `others` other names. A value that throws becomes undefined. */
function copyOf(given: unknown, names: readonly string[], others: number): unknown {
  if (typeof given !== 'object' || given === null) return given;
  if (isList(given)) return [];
  const all = new Set(names);
  const most = all.size + others;
  try {
    for (const name in given) if (all.size < most) all.add(name);
  } catch {
    // A proxy may refuse to list its names.
  }
  const copy = Object.create(null) as Record<string, unknown>;
  const counts = noValueCounts();
  for (const name of all) {
    const value = (name in Object.prototype ? readOwn : readGuarded)(given, name, counts);
    copy[name] = value === UNREADABLE ? undefined : value;
  }
  return copy;
}
