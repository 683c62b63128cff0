import { didYouMean } from './did-you-mean.js';
import { SignalboxError, shown } from './signalbox-error.js';

/** The names of all options of `O`. The compiler checks that none is missing. */
export type OptionNames<O> = { readonly [N in keyof O]-?: true };

/** The present name of an option by its former name. */
export type Renamed = Readonly<Record<string, string>>;

/** The longest time in milliseconds that a timer can wait. A timer with a longer time fires at once. */
export const LONGEST_MILLIS: number = 2 ** 31 - 1;

/**
 * Checks the options of a call. Returns them, or `{}` for undefined.
 *
 * @param where The call that takes the options, for the message.
 * @param names The names of all options.
 * @param renamed Former names. The message for a former name gives the present one.
 * @throws {SignalboxError} When the options are not an object, or have an unknown name.
 */
export function optionsOf<O extends object>(
  where: string,
  given: O | undefined,
  names: OptionNames<O>,
  renamed?: Renamed,
): O {
  if (given === undefined) return {} as O;
  if (!isBag(given))
    throw new SignalboxError(
      `${where}: the options are ${shown(given)}. Give an object, as in ${example(names)}.`,
    );
  const problem = unknownOption(given, names, renamed);
  if (problem === undefined) return given;
  throw new SignalboxError(`${where}: ${problem}`);
}

/** Checks an option that holds options. Returns them, or `{}` for undefined. Throws a {@link SignalboxError}, as {@link optionsOf} does. */
export function optionsIn<O extends object>(
  where: string,
  option: string,
  given: O | undefined,
  names: OptionNames<O>,
): O {
  if (given === undefined) return {} as O;
  if (!isBag(given))
    throw new SignalboxError(
      `${where}: \`${option}\` is ${shown(given)}. Give an object, as in ${example(names)}, or leave it out.`,
    );
  const problem = unknownOption(given, names);
  if (problem === undefined) return given;
  throw new SignalboxError(`${where}, in \`${option}\`: ${problem}`);
}

/** A sentence about the first name that is not an option. Undefined if all names are options. */
export function unknownOption<O extends object>(
  given: object,
  names: OptionNames<O>,
  renamed: Renamed = {},
): string | undefined {
  const known = Object.keys(names);
  const name = Object.keys(given).find((key) => !Object.hasOwn(names, key));
  if (name === undefined) return undefined;
  if (Object.hasOwn(renamed, name))
    return `there is no option ${shown(name)}: it is called \`${renamed[name]}\` now.`;
  const list = known.length === 1 ? `is \`${known[0]}\`` : `are ${known.map((k) => `\`${k}\``).join(', ')}`;
  return `there is no option ${shown(name)}.${didYouMean(name, known)} There ${list}.`;
}

/** Checks a whole number from 1. Throws a {@link SignalboxError}. */
export function checkCount(where: string, option: string, value: unknown): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw new SignalboxError(`${where}: \`${option}\` is ${shown(value)}. Give a whole number from 1.`);
}

/** Checks a finite number above 0. Throws a {@link SignalboxError}. */
export function checkPositive(where: string, option: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return;
  throw new SignalboxError(`${where}: \`${option}\` is ${shown(value)}. Give a number above 0.`);
}

/** Checks a time that a timer can wait. Throws a {@link SignalboxError}. */
export function checkMillis(where: string, option: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && value > 0 && value <= LONGEST_MILLIS) return;
  throw new SignalboxError(
    `${where}: \`${option}\` is ${shown(value)}. Give milliseconds, more than 0 and at most ${LONGEST_MILLIS}.`,
  );
}

/** Checks a boolean. Throws a {@link SignalboxError}. */
export function checkSwitch(where: string, option: string, value: unknown): asserts value is boolean {
  if (typeof value === 'boolean') return;
  throw new SignalboxError(`${where}: \`${option}\` is ${shown(value)}. Use true or false.`);
}

/** Checks one of a few values. Throws a {@link SignalboxError}. */
export function checkOneOf<const T>(
  where: string,
  option: string,
  value: unknown,
  known: readonly T[],
): asserts value is T {
  if ((known as readonly unknown[]).includes(value)) return;
  const last = known.length - 1;
  const list = known.map((k, i) => `${i === 0 ? '' : i === last ? ' or ' : ', '}${shown(k)}`).join('');
  throw new SignalboxError(`${where}: \`${option}\` is ${shown(value)}. Use ${list}.`);
}

/** Whether it is an object that may hold options. */
export function isBag(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function example(names: object): string {
  return `{ ${Object.keys(names)[0]}: … }`;
}
