import type { RedactValue } from '../emission/redact-value.js';
import type { RedactionPolicy } from '../signal/field.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { readPath } from './path.js';
import type { Ending } from './path-tree.js';
import { PathTree, stepTo } from './path-tree.js';
import { RedactedCopy } from './redacted-copy.js';

const WHERE = 'redactPaths';
/** So many paths there are at most. */
const PATHS = 256;

/**
 * Redacts values of plain level records by their paths, for `createSignalbox({ redact })`. A path is made of names behind dots or in brackets;
 * `*` is any one name, at any place: `password`, `user.*.token`, `headers["set-cookie"]`, `cards[0]`, `*.secret`. A name with dots, as
 * `user.token`, is found by the path `user.token` too, and `headers.x.key` by `headers["x.key"]`.
 *
 * What a path leads to is `[redacted]`, or what its policy makes of it: of a list each entry, of an object its JSON as one text. Where several
 * paths lead to a value, the one given first counts. Values are copied as far as paths lead into them, never changed; each property is
 * read once; `toJSON` is asked first, as JSON does. A path that leads into an error (`error.message`, `*.code`) takes its stack and its
 * causes too; of an error within a value, which is JSON, all. A value in which more than 10,000 parts would have to be looked at is `[redacted]`.
 *
 * @param paths A list of paths, or an object of policies by path (`true`: `[redacted]`). At most 256, of at most 16 names.
 * @returns The hook, for `redact`.
 * @throws {SignalboxError} When a path can not be read, or a policy is none: the message names it and the fix.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { lastFour, redactPaths } from 'signalbox/redaction';
 *
 * const box = createSignalbox({
 *   redact: redactPaths({ password: true, 'user.*.token': true, 'headers["set-cookie"]': true, '*.card': lastFour }),
 * });
 * box.info('signed in', { password: 'x', payment: { card: '4111111111111111' } });
 * ```
 */
export function redactPaths(
  paths: readonly string[] | Readonly<Record<string, true | RedactionPolicy>>,
): RedactValue {
  const tree = new PathTree();
  const given = entriesOf(paths);
  if (given.length > PATHS)
    throw new SignalboxError(
      `${WHERE}: there are ${given.length} paths. Give ${PATHS} at most: '*' is any one name.`,
    );
  for (const [path, ending] of given) tree.add(readPath(WHERE, path), ending);
  return (name, value) => new RedactedCopy().of(value, name, stepTo(tree.start, name));
}

function entriesOf(paths: unknown): readonly (readonly [path: unknown, ending: Ending])[] {
  if (Array.isArray(paths)) return paths.map((path: unknown) => [path, true] as const);
  if (typeof paths !== 'object' || paths === null)
    throw new SignalboxError(
      `${WHERE}: the paths are ${shown(paths)}. Give a list of them, as in ['password', 'user.*.token'].`,
    );
  return Object.entries(paths).map(([path, ending]: [string, unknown]) => {
    if (ending === true || typeof ending === 'function') return [path, ending as Ending] as const;
    throw new SignalboxError(
      `${WHERE}: the policy of the path ${shown(path)} is ${shown(ending)}. Use true, or a policy such as mask.`,
    );
  });
}
