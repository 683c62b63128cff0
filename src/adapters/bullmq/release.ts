import { SignalboxError, shown } from '../../signal/problem.js';

/**
 * Refuses what is of a release of BullMQ that is not supported, at each door alike. It exports no version: before 6 it has no backends.
 *
 * @param door What the sentence begins with: `Queue`, `worker`.
 * @param kind What is to be given instead: `Queue`.
 * @param methods What it can do, of 6 as of releases before.
 * @param what What it is, where it does not say so itself.
 * @throws {SignalboxError} Where a method is missing.
 */
export function checkRelease(
  door: string,
  kind: string,
  given: unknown,
  methods: readonly string[],
  what: () => string = () => named(given),
): void {
  const misses = missing(given, methods);
  if (misses === undefined) return;
  throw new SignalboxError(
    `${door}: it is ${what()}, without ${misses}(). Give a ${kind} of BullMQ 6 or up.`,
  );
}

/** The first of these methods that it has not, or that of a backend; undefined where it has all. */
export function missing(given: unknown, methods: readonly string[]): string | undefined {
  return [...methods, 'getBackend'].find((name) => typeof read(given, name) !== 'function');
}

/** Its version, where it tells one: connections have it since 3. */
function named(given: unknown): string {
  const version = read(read(given, 'connection'), 'packageVersion');
  return typeof version === 'string' ? `of BullMQ ${version}` : shown(given);
}

function read(from: unknown, name: string): unknown {
  if ((typeof from !== 'object' && typeof from !== 'function') || from === null) return undefined;
  return (from as Readonly<Record<string, unknown>>)[name];
}
