export { BullMQInstrumentation, type BullMQInstrumentationOptions } from './bullmq.js';
export type { BoxSource, Switch } from './engine-instrumentation.js';
export {
  GraphileWorkerInstrumentation,
  type GraphileWorkerInstrumentationOptions,
} from './graphile-worker.js';
export {
  type SignalboxInstrumentationsOptions,
  signalboxInstrumentations,
} from './instrumentations.js';
export { PgBossInstrumentation, type PgBossInstrumentationOptions } from './pg-boss.js';
