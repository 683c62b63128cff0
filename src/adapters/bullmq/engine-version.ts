import { SignalboxError, shown } from '../../signal/signalbox-error.js';

export const LEAST = 'BullMQ 5.34 or up';
/** A job's options as they are stored, with a context. */
const STORED = '{"tm":"carried"}';

/**
 * Refuses what is of a release of BullMQ that is not supported, at each door alike: one whose jobs can not carry a context. It exports no version.
 *
 * @param door What the sentence begins with: `Queue`, `worker`.
 * @param kind What is to be given instead: `Queue`.
 * @param methods What it can do, of any release.
 * @param what What it is, where it does not say so itself.
 * @throws {SignalboxError} Where a method is missing, or its release is older.
 */
export function checkRelease(
  door: string,
  kind: string,
  given: unknown,
  methods: readonly string[],
  what: () => string = () => named(given),
): void {
  const fault = faultOf(given, methods);
  if (fault !== undefined)
    throw new SignalboxError(`${door}: it is ${what()}, ${fault}. Give a ${kind} of ${LEAST}.`);
}

/** What is wrong with it, as a part of a sentence; undefined where nothing is. */
export function faultOf(given: unknown, methods: readonly string[]): string | undefined {
  const misses = methods.find((name) => typeof read(given, name) !== 'function');
  if (misses !== undefined) return `without ${misses}()`;
  return isSupported(given) ? undefined : 'whose jobs can not carry a context';
}

/** Whether an object of BullMQ, or a class's prototype, is of a release that is supported: 6 has backends, and 5 jobs that carry a context. */
export function isSupported(given: unknown): boolean {
  return typeof read(given, 'getBackend') === 'function' || carries(read(given, 'Job'));
}

function carries(Job: unknown): boolean {
  const optionsOf = read(Job, 'optsFromJSON');
  if (typeof optionsOf !== 'function') return false;
  const read5 = read(Reflect.apply(optionsOf, Job, [STORED]), 'telemetry');
  return read(read5, 'metadata') === 'carried';
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
