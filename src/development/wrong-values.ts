import { isError } from '../emission/describe-error.js';
import { isList } from '../emission/level-record.js';
import { didYouMean } from '../signal/did-you-mean.js';
import type { Field } from '../signal/field.js';
import type { AnySignal } from '../signal/signal.js';
import type { Fault } from './fault.js';
import { expectedOf, isRight, whatOf } from './kinds.js';
import { plainName } from './plain-name.js';
import { optionFaults } from './wrong-options.js';

/** The most mistakes that are collected for one emit. */
const MOST = 50;
/** The most names of a plain record that are checked. Values of further names do not leave. */
const OPEN = 64;
/** The most undeclared names that are printed for one emit. An app may pass a whole request body, which must not hide other mistakes. */
const UNDECLARED = 10;

/** The mistakes in the values of an emit. The texts do not contain the values, because some may be sensitive. */
export function faultsOf(signal: AnySignal, fields: unknown, options: unknown): readonly Fault[] {
  const { name } = signal;
  // A plain record takes an error in place of its values.
  const given = signal.open && isError(fields) ? { error: fields } : fields;
  const found = [...fieldFaults(signal, given), ...optionFaults(signal, given, options)];
  if (found.length > 0) return found;
  return [
    {
      key: `${name} values`,
      sentence: `an emit of ${name} was given a value that does not leave.`,
      fix: 'The value changed before development mode read it again. Give values that do not change.',
    },
  ];
}

function fieldFaults(signal: AnySignal, fields: unknown): readonly Fault[] {
  const { name } = signal;
  if (fields === undefined || fields === null) return signal.open ? [] : declaredFaults(signal, {});
  if (typeof fields !== 'object' || isList(fields))
    return [
      {
        key: `${name}.*`,
        sentence: `the values of ${name} are ${whatOf(fields)}, and none of them leaves.`,
        fix: 'Give an object of values by the names of fields.',
      },
    ];
  const given = fields as Record<string, unknown>;
  if (signal.open) return openFaults(name, given);
  return [...declaredFaults(signal, given), ...undeclaredFaults(signal, given)];
}

function declaredFaults(signal: AnySignal, given: Record<string, unknown>): readonly Fault[] {
  const faults: Fault[] = [];
  for (const [field, declared] of Object.entries(signal.fields)) {
    if (faults.length >= MOST) break;
    const fault = faultOf(signal.name, field, declared, read(given, field));
    if (fault) faults.push(fault);
  }
  return faults;
}

function undeclaredFaults({ name, fields }: AnySignal, given: Record<string, unknown>): readonly Fault[] {
  const known = Object.keys(fields);
  const faults: Fault[] = [];
  for (const field in given) {
    if (Object.hasOwn(fields, field)) continue;
    if (faults.length >= UNDECLARED) break;
    const plain = plainName(field);
    faults.push({
      key: `${name}.${plain}`,
      sentence: `${name} declares no field '${plain}', which does not leave.${didYouMean(plain, known)}`,
      fix: `Leave it out, or declare it: defineSignal('${name}', { fields: { ${[...known, plain].join(', ')} } }).`,
    });
  }
  return faults;
}

/** The mistakes in a plain record. It takes any value under any name, with these exceptions. */
function openFaults(name: string, given: Record<string, unknown>): readonly Fault[] {
  const faults: Fault[] = [];
  for (const field of Object.keys(given).slice(0, OPEN)) {
    if (faults.length >= UNDECLARED) break;
    const value = read(given, field);
    const plain = plainName(field);
    if (field === '' || field === '__proto__')
      faults.push({
        key: `${name}.${plain}`,
        sentence: `a value of ${name} has the name '${plain}', and does not leave.`,
        fix: 'Give it another name.',
      });
    else if (typeof value === 'number' && whatOf(value) === 'a number beyond 64 bits')
      faults.push({
        key: `${name}.${plain}`,
        sentence: `the value '${plain}' of ${name} is ${whatOf(value)}, and does not leave.`,
        fix: 'Give it as a string.',
      });
  }
  return faults;
}

function faultOf(signal: string, field: string, declared: Field<unknown>, value: unknown): Fault | undefined {
  if (isRight(declared, value)) return undefined;
  const expected = expectedOf(declared);
  const key = `${signal}.${field}`;
  if (value === undefined)
    return {
      key,
      sentence: `${signal} was given no '${field}', which is not optional.`,
      fix: `Give ${expected}, or declare it with field.optional(…).`,
    };
  const what = declared.kind === 'enum' && typeof value === 'string' ? 'none of its values' : whatOf(value);
  return {
    key,
    sentence: `the field '${field}' of ${signal} is ${what}, and does not leave.`,
    fix: `Give ${expected}.`,
  };
}

function read(from: Record<string, unknown>, name: string): unknown {
  try {
    return name in Object.prototype && !Object.hasOwn(from, name) ? undefined : from[name];
  } catch {
    return undefined;
  }
}
