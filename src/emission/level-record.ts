import type { CompiledField } from './compiled-signal.js';
import type { DescribedError } from './describe-error.js';
import { isDescribed, isError } from './describe-error.js';
import { redactedValue } from './redact-value.js';
import { cut, UNSERIALIZABLE, wellFormed } from './text.js';
import type { Clean, ValueCounts, ValueRules } from './value.js';
import { cleanOpen, readGuarded, UNREADABLE } from './value.js';

const OPEN_FIELDS = 64;

/** The message and the values of a plain level record. */
export interface OpenValues {
  readonly fields: CompiledField[];
  readonly clean: Clean[];
  readonly raw: unknown[];
  /** The message if it is a string, the error if an error was given in its place. */
  readonly text: string | DescribedError | undefined;
}

/** The given value if it is an object with named values. Counts anything else. */
export function objectOf(given: unknown, counts: ValueCounts): object | undefined {
  if (typeof given === 'object' && given !== null && !isList(given)) return given;
  if (given !== undefined && given !== null) counts.wrongType++;
  return undefined;
}

/** Whether the value has only indexes for names. There may be millions, so they are never listed. */
export function isList(given: unknown): boolean {
  try {
    return ArrayBuffer.isView(given) || Array.isArray(given);
  } catch {
    return false;
  }
}

/** Reads the undeclared values of a plain level record. Never throws. */
export function readOpen(
  message: unknown,
  given: unknown,
  rules: ValueRules,
  counts: ValueCounts,
): OpenValues {
  const record = new OpenRecord(message, rules, counts);
  const values = isError(given) ? { error: given } : objectOf(given, counts);
  if (values) record.readAll(values);
  return record;
}

const UNDECLARED = {
  sensitive: false,
  metricsOnly: false,
  ofTheApp: true,
  inSeconds: false,
  inherited: false,
};

class OpenRecord implements OpenValues {
  readonly fields: CompiledField[] = [];
  readonly clean: Clean[] = [];
  readonly raw: unknown[] = [];
  readonly text: string | DescribedError | undefined;
  readonly #rules: ValueRules;
  readonly #counts: ValueCounts;
  /** The error that was given in place of the message. It is then the first field. */
  readonly #thrown: unknown;

  constructor(message: unknown, rules: ValueRules, counts: ValueCounts) {
    this.#rules = rules;
    this.#counts = counts;
    // JavaScript and a caught `any` allow `box.error(err)` and `box.error('failed', err)`: the error must not be lost.
    if (isError(message)) {
      const error = this.#cleaned('error', message);
      this.#thrown = message;
      this.text = typeof error === 'string' || isDescribed(error) ? error : undefined;
      this.#add('error', message, error);
    } else if (typeof message === 'string') this.text = message;
    else counts.wrongType++;
  }

  readAll(values: object): void {
    try {
      for (const name of Object.keys(values)) {
        if (!isKey(name)) this.#counts.undeclared++;
        else if (this.fields.length < OPEN_FIELDS) this.#read(values, name);
        else {
          this.#counts.truncated++;
          break;
        }
      }
    } catch {
      this.#counts.unserializable++;
    }
  }

  #read(values: object, name: string): void {
    const value = readGuarded(values, name, this.#counts);
    const isOfThrown = this.#thrown !== undefined && name === 'error';
    if (isOfThrown && value === this.#thrown) return;
    const cleaned = value === UNREADABLE ? UNSERIALIZABLE : this.#cleaned(name, value);
    if (!isOfThrown) this.#add(name, value, cleaned);
    else if (cleaned !== undefined) this.#replaceThrown(value, cleaned);
  }

  #cleaned(name: string, value: unknown): Clean {
    const { redactValue: redact, withheld } = this.#rules;
    const left = redact ? redactedValue(redact, name, value, withheld) : value;
    return cleanOpen(left, this.#rules, this.#counts);
  }

  // The fields have their own `error`: of the error given in place of the message only the message leaves.
  #replaceThrown(value: unknown, cleaned: Clean): void {
    this.#counts.wrongType++;
    this.raw[0] = value;
    this.clean[0] = cleaned;
  }

  #add(name: string, value: unknown, cleaned: Clean): void {
    const key = wellFormed(cut(name, this.#rules.stringLength));
    const field = { kind: 'string', detail: 'full' } as const;
    this.fields.push({ name: key, key, field, ...UNDECLARED });
    this.raw.push(value);
    this.clean.push(cleaned);
  }
}

// The key `__proto__` would set the prototype of a plain object; an empty text is not a valid attribute key.
export function isKey(name: string): boolean {
  return name !== '__proto__' && name !== '';
}
