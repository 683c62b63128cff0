import { describeError, isError } from './error.js';
import type { CompiledField } from './schema.js';
import { cut, UNSERIALIZABLE, wellFormed } from './text.js';
import type { Clean, ValueCounts, ValueRules } from './value.js';
import { cleanOpen, readGuarded, UNREADABLE } from './value.js';

const OPEN_FIELDS = 64;

/** What a plain level record says. */
export interface OpenValues {
  readonly fields: readonly CompiledField[];
  readonly clean: Clean[];
  readonly raw: readonly unknown[];
  /** Its message, where that is one. */
  readonly text: string | undefined;
}

/** What has values by name; anything else is counted. */
export function objectOf(given: unknown, counts: ValueCounts): object | undefined {
  if (typeof given === 'object' && given !== null && !isList(given)) return given;
  if (given !== undefined && given !== null) counts.wrongType++;
  return undefined;
}

// Its names are its indexes, and there may be millions: they are not listed.
function isList(given: object): boolean {
  try {
    return ArrayBuffer.isView(given) || Array.isArray(given);
  } catch {
    return false;
  }
}

/** Reads the values of a plain level record as they come. Never throws. */
export function readOpen(
  message: unknown,
  given: unknown,
  rules: ValueRules,
  counts: ValueCounts,
): OpenValues {
  const fields: CompiledField[] = [];
  const clean: Clean[] = [];
  const raw: unknown[] = [];
  const add = (name: string, value: unknown, cleaned: Clean): void => {
    const key = wellFormed(cut(name, rules.stringLength));
    const field = { kind: 'string', detail: 'full' } as const;
    fields.push({ name: key, key, field, sensitive: false, metricsOnly: false, inherited: false });
    raw.push(value);
    clean.push(cleaned);
  };
  // JavaScript and a caught `any` bring `box.error(err)` and `box.error('failed', err)`: the error must not be lost.
  const thrown = isError(message) ? describeError(message, rules.stringLength, rules.redactError) : undefined;
  if (thrown) add('error', message, thrown);
  else if (typeof message !== 'string') counts.wrongType++;
  const values = isError(given) ? { error: given } : (objectOf(given, counts) ?? {});
  try {
    for (const name of Object.keys(values)) {
      // As a key of a plain object the one would set the prototype; the other is no attribute's key.
      if (name === '__proto__' || name === '') {
        counts.undeclared++;
        continue;
      }
      if (fields.length === OPEN_FIELDS) {
        counts.truncated++;
        break;
      }
      const value = readGuarded(values, name, counts);
      if (thrown && value === message && name === 'error') continue;
      const cleaned = value === UNREADABLE ? UNSERIALIZABLE : cleanOpen(value, rules, counts);
      if (!thrown || name !== 'error') add(name, value, cleaned);
      else if (cleaned !== undefined) {
        // The fields have an error of their own: of the other one only its message leaves.
        counts.wrongType++;
        raw[0] = value;
        clean[0] = cleaned;
      }
    }
  } catch {
    counts.unserializable++;
  }
  const text = thrown ? thrown.message : typeof message === 'string' ? message : undefined;
  return { fields, clean, raw, text };
}
