import { SignalboxError, shown } from '../../signal/signalbox-error.js';

export const LEAST = 'BullMQ 5.34 or up';
/** A job's options as BullMQ stores them, with a context. */
const STORED = '{"tm":"carried"}';

/**
 * Refuses an object of a release of BullMQ whose jobs can not carry a context. Every entry point refuses it with the same message. It checks what the
 * object can do, because BullMQ exports no version.
 *
 * @param door What the message begins with: `Queue`, `worker`.
 * @param kind What to give instead: `Queue`.
 * @param methods The methods that it has in every release.
 * @param what What the message calls it. Default: its version, or the value.
 * @throws {SignalboxError} If a method is missing, or its release is older.
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

/** What is wrong with it, as a part of a sentence. Undefined if nothing is. */
export function faultOf(given: unknown, methods: readonly string[]): string | undefined {
  const misses = methods.find((name) => typeof read(given, name) !== 'function');
  if (misses !== undefined) return `without ${misses}()`;
  return isSupported(given) ? undefined : 'whose jobs can not carry a context';
}

/** Whether an object of BullMQ, or a class's prototype, is of a supported release. Release 6 has backends, and 5.34 has jobs that carry a context. */
export function isSupported(given: unknown): boolean {
  return typeof read(given, 'getBackend') === 'function' || carries(read(given, 'Job'));
}

function carries(Job: unknown): boolean {
  const optionsOf = read(Job, 'optsFromJSON');
  if (typeof optionsOf !== 'function') return false;
  const read5 = read(Reflect.apply(optionsOf, Job, [STORED]), 'telemetry');
  return read(read5, 'metadata') === 'carried';
}

/** Its version, if its connection has one (since BullMQ 3), else the value. */
function named(given: unknown): string {
  const version = read(read(given, 'connection'), 'packageVersion');
  return typeof version === 'string' ? `of BullMQ ${version}` : shown(given);
}

function read(from: unknown, name: string): unknown {
  if ((typeof from !== 'object' && typeof from !== 'function') || from === null) return undefined;
  return (from as Readonly<Record<string, unknown>>)[name];
}
