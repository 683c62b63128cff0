import { SignalboxError, shown } from '../signal/signalbox-error.js';

/** The most names of a path. */
export const PATH_NAMES = 16;

/** The part of a path that matches any one name. */
export const ANY: unique symbol = Symbol('any name');

/** The names of a path, in order. */
export type Path = readonly (string | typeof ANY)[];

const ONE = /\[(?:(\*)|(\d+)|"([^"]*)"|'([^']*)')\]|(?:^|\.)(?:(\*)|([^.[\]*"']+))(?=$|[.[])/y;

/**
 * Reads a path: names after dots or in brackets, as in `user.*.token`, `headers["set-cookie"]`, `cards[0]`; `*` matches any one name. Throws a
 * {@link SignalboxError}.
 */
export function readPath(where: string, text: unknown): Path {
  const refuse = (what: string): never => {
    throw new SignalboxError(
      `${where}: the path ${shown(text)} ${what}. Write names after dots or in brackets, as in 'user.*.token' and 'headers["set-cookie"]'; '*' matches any one name.`,
    );
  };
  if (typeof text !== 'string') return refuse('is not a string');
  if (text === '') return refuse('is empty');
  const path: (string | typeof ANY)[] = [];
  for (ONE.lastIndex = 0; ONE.lastIndex < text.length; ) {
    const at = ONE.lastIndex;
    const found = ONE.exec(text);
    if (!found) return refuse(`can not be read from ${shown(text.slice(at))} on`);
    const [, star, index, double, single, dotStar, name] = found;
    path.push(star || dotStar ? ANY : (index ?? double ?? single ?? name ?? ''));
    if (path.length > PATH_NAMES) return refuse(`has more than ${PATH_NAMES} names`);
  }
  return path;
}
