import { isSeverity } from './severity.js';
import { SignalboxError, shown } from './signalbox-error.js';

const SIGNAL_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;
const EVENT_NAME = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/;

export function checkSignalName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !SIGNAL_NAME.test(name)) {
    throw new SignalboxError(
      `defineSignal: the name ${shown(name)} is not a signal's name. Use letters, digits and underscores, starting with a letter, as in 'JOB_COMPLETED'.`,
    );
  }
  const level = name.toLowerCase();
  if (isSeverity(level) && name === level.toUpperCase())
    throw new SignalboxError(
      `defineSignal: the name '${name}' is reserved for plain level records. Call box.${level}(…), or give the signal another name, as in 'JOB_COMPLETED'.`,
    );
}

/**
 * The OpenTelemetry event name of a signal: lower case, and the first underscore is the dot
 * (`JOB_COMPLETED` → `job.completed`). A name that already has a dot keeps its underscores.
 */
export function eventNameOf(name: string): string {
  const lower = name.toLowerCase().replaceAll('-', '_');
  return lower.includes('.') ? lower : lower.replace('_', '.');
}

export function checkEventName(signal: string, event: string): void {
  if (EVENT_NAME.test(event)) return;
  throw new SignalboxError(
    `defineSignal('${signal}'): the event name ${shown(event)} is not valid. Use lower case words joined by dots, as in 'job.completed', or give one with \`event\`.`,
  );
}
