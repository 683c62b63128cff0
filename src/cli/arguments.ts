import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';
import { didYouMean } from '../signal/did-you-mean.js';
import { shown } from '../signal/signalbox-error.js';
import { Misuse } from './command.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/** The parsed arguments of a command. */
export interface Arguments {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly words: readonly string[];
}

/** Parses the arguments of a command. Throws a {@link Misuse} for an unknown option and for an option without its value. */
export function read(args: readonly string[], options: Options): Arguments {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const known = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (!known)
      throw new Misuse(
        `there is no option ${shown(token.rawName)}.${didYouMean(token.name, Object.keys(options))}`,
      );
    if (known.type === 'string' && (token.value === undefined || token.value === ''))
      throw new Misuse(`${token.rawName} has no value. Write ${token.rawName} VALUE.`);
    if (known.type === 'boolean' && token.value !== undefined)
      throw new Misuse(`${token.rawName} takes no value, but has ${shown(token.value)}.`);
  }
  return { options: values as Arguments['options'], words: positionals };
}
