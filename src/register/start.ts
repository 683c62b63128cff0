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

/** How many names of BullMQ jobs become labels if SIGNALBOX_JOB_TYPES is not set. */
const FIRST_NAMES = 50;

/** Starts the instrumentations once per process. An error never reaches the app: it becomes a process warning. */
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
      `signalbox/register: pg-boss and graphile-worker are not observed if the app imports them: ${String(error)}`,
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

/** The singleton of one copy of `@opentelemetry/instrumentation`, which passes required modules to all its instrumentations. */
interface Shared {
  readonly constructor: { _instance?: unknown };
}

/**
 * Lets the app's own instrumentations start with a new singleton. The app's SDK may load many modules, `http` included, before its
 * instrumentations exist. The present singleton would not pass modules that were required by then to instrumentations that come later.
 */
function leaveRequires(ours: object): void {
  const { _requireInTheMiddleSingleton: shared } = ours as { _requireInTheMiddleSingleton?: Shared };
  if (shared?.constructor._instance === shared && shared) shared.constructor._instance = undefined;
}

function warn(sentence: string): void {
  process.emitWarning(sentence, { type: 'SignalboxWarning' });
}
