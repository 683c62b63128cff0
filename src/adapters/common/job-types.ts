import { SignalboxError, shown } from '../../signal/signalbox-error.js';

/** Checks the option `types` of an adapter. Throws a {@link SignalboxError}. */
export function checkTypes(where: string, what: string, given: unknown): void {
  if (given === undefined) return;
  if (Array.isArray(given) && given.every((type) => typeof type === 'string' && type !== '')) return;
  throw new SignalboxError(`${where}: \`types\` is ${shown(given)}. Give a list of ${what}.`);
}

/** The types of a queue whose name is the type of its jobs, where all such names may be labels, or those of a list. */
export function typesOfQueue(
  types: readonly string[] | undefined,
  queue: string,
): readonly string[] | 'queue' {
  return types === undefined || types.includes(queue) ? 'queue' : [];
}
