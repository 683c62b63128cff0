import type { ScenarioName } from '../cells.js';
import { exhausted, retryThenSuccess, success, thrownNonErrors } from './ends.js';
import { baggage, batch, bulk, duplicate, enqueueInsideAJob, priority, rateLimited } from './many.js';
import type { Scenario } from './scenario.js';
import {
  cancelledRunning,
  cancelledWaiting,
  forcedClose,
  killedInTheLastAttempt,
  killedWorker,
  lockLost,
  manualRetry,
  shutdownWhileActive,
  twoWorkerProcesses,
} from './taken.js';
import { delayed, scheduled, timeout } from './time.js';

export const PLAYS: Readonly<Record<ScenarioName, Scenario>> = {
  success,
  'retry then success': retryThenSuccess,
  exhausted,
  'thrown non-errors': thrownNonErrors,
  timeout,
  delayed,
  scheduled,
  priority,
  bulk,
  batch,
  duplicate,
  'cancelled waiting': cancelledWaiting,
  'cancelled running': cancelledRunning,
  'lock lost': lockLost,
  'killed worker': killedWorker,
  'killed in the last attempt': killedInTheLastAttempt,
  'shutdown while active': shutdownWhileActive,
  'forced close': forcedClose,
  'enqueue inside a job': enqueueInsideAJob,
  'rate limited': rateLimited,
  'manual retry': manualRetry,
  'two worker processes': twoWorkerProcesses,
  baggage,
};
