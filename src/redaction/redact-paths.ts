import type { RedactValue } from '../emission/redact-value.js';
import type { RedactionPolicy } from '../signal/field.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { readPath } from './path.js';
import type { Ending } from './path-tree.js';
import { PathTree, stepTo } from './path-tree.js';
import { RedactedCopy } from './redacted-copy.js';

const WHERE = 'redactPaths';
/** The most paths. */
const PATHS = 256;

/**
 * Redacts values of plain level records by their paths, for `createSignalbox({ redact })`. A path consists of names after dots or in brackets;
 * `*` matches any one name, at any place: `password`, `user.*.token`, `headers["set-cookie"]`, `cards[0]`, `*.secret`. The path `user.token`
 * also matches the one name `user.token`, and `headers["x.key"]` also matches the name `headers.x.key`.
 *
 * The value at the end of a path leaves as `[redacted]`, or as its policy makes it: each entry of a list, or the JSON of an object as one
 * text. If several paths lead to a value, the first given one applies. The hook copies a value as far as paths lead into it and never changes
 * it. It reads each property once, and calls `toJSON` first, as JSON does. A path into an error (`error.message`, `*.code`) also removes the
 * error's stack and causes. If the error lies within a value, which leaves as JSON, the path removes the whole error. A value with more than
 * 10,000 parts to read is `[redacted]`.
 *
 * @param paths A list of paths, or an object with a policy for each path (`true`: `[redacted]`). At most 256 paths of at most 16 names.
 * @returns The hook, for the option `redact` of createSignalbox.
 * @throws {SignalboxError} When a path or a policy is not valid. The message names it and the fix.
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
      `${WHERE}: there are ${given.length} paths. Give ${PATHS} at most: '*' matches any one name.`,
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
