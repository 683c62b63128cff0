import { createSignalbox } from '../index.js';
import { BullMQInstrumentation } from '../instrumentation/bullmq.js';
import { GraphileWorkerInstrumentation } from '../instrumentation/graphile-worker.js';
import { PgBossInstrumentation } from '../instrumentation/pg-boss.js';
import { environment } from '../signal/environment.js';
import { consoleSink } from '../sinks/index.js';
import type { Settings } from './environment-variables.js';
import { settingsOf } from './environment-variables.js';
import { registerLoaderHook } from './loader-hook.js';

const STARTED = Symbol.for('signalbox.register.1');

/** Names of BullMQ's jobs that are labels where no list says which. */
const FIRST_NAMES = 50;

/** Starts it, once in a process. Nothing that goes wrong is the app's trouble: it is a warning of the process. */
export function start(here: string): void {
  const holder = globalThis as { [STARTED]?: boolean };
  if (holder[STARTED]) return;
  holder[STARTED] = true;
  try {
    const { settings, problems } = settingsOf(environment());
    for (const problem of problems) warn(problem);
    instrument(settings);
  } catch (error) {
    warn(`signalbox/register: the engines are not observed: ${String(error)}`);
  }
  try {
    registerLoaderHook(here);
  } catch (error) {
    warn(
      `signalbox/register: pg-boss and graphile-worker are not observed where they are imported: ${String(error)}`,
    );
  }
}

function instrument({ console, jobTypes, monitor, spanEvents, relation }: Settings): void {
  const box = createSignalbox({
    ...(console ? { destinations: { console: consoleSink({ format: console }) } } : {}),
    ...(spanEvents ? { spanEvents } : {}),
  });
  const how = relation ? { relation } : {};
  const bullmq = new BullMQInstrumentation(
    box,
    { ...how, ...(jobTypes ? { types: jobTypes } : {}) },
    { monitor, ...(jobTypes ? {} : { firstNames: FIRST_NAMES }) },
  );
  new PgBossInstrumentation(box, how, { monitor });
  new GraphileWorkerInstrumentation(box, how);
  leaveRequires(bullmq);
}

/** What OpenTelemetry's instrumentations of one copy share: it tells each of them of what is required. */
interface Shared {
  readonly constructor: { _instance?: unknown };
}

/**
 * The app's SDK may come after this, and load much before its own instrumentations are there. What was required by then is told to none that comes
 * later, `http` included: so that these get a beginning of their own.
 */
function leaveRequires(ours: object): void {
  const { _requireInTheMiddleSingleton: shared } = ours as { _requireInTheMiddleSingleton?: Shared };
  if (shared?.constructor._instance === shared && shared) shared.constructor._instance = undefined;
}

function warn(sentence: string): void {
  process.emitWarning(sentence, { type: 'SignalboxWarning' });
}
