import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { WithCore } from '../box/core.js';
import type { OptionNames } from '../signal/option-checks.js';
import { optionsOf } from '../signal/option-checks.js';
import type { BullMQInstrumentationOptions } from './bullmq.js';
import { BullMQInstrumentation } from './bullmq.js';
import type { BoxSource } from './engine-instrumentation.js';
import type { GraphileWorkerInstrumentationOptions } from './graphile-worker.js';
import { GraphileWorkerInstrumentation } from './graphile-worker.js';
import type { PgBossInstrumentationOptions } from './pg-boss.js';
import { PgBossInstrumentation } from './pg-boss.js';

/** Options of {@link signalboxInstrumentations}, by engine. */
export interface SignalboxInstrumentationsOptions {
  readonly bullmq?: BullMQInstrumentationOptions | undefined;
  readonly pgBoss?: PgBossInstrumentationOptions | undefined;
  readonly graphileWorker?: GraphileWorkerInstrumentationOptions | undefined;
}

const OPTIONS: OptionNames<SignalboxInstrumentationsOptions> = {
  bullmq: true,
  pgBoss: true,
  graphileWorker: true,
};

interface WithInstrumentation {
  instrumentation(): unknown;
}

/**
 * Makes OpenTelemetry instrumentations for BullMQ, pg-boss and graphile-worker. They observe every queue, worker, flow producer, boss and runner
 * that the app or its framework makes, without changes to their code. Pass them to `new NodeSDK({ instrumentations })` or
 * `registerInstrumentations`. Engines that the app does not have are ignored. If `box` is a box and not a function, it also gets the providers
 * that the SDK hands to instrumentations.
 *
 * @param box A box, or a function that returns it once it exists.
 * @param options The options of `bullmqJobs`, `pgBossJobs` and `graphileJobs` by engine, and `enabled`. They apply to all queues of an engine.
 * @throws {SignalboxError} When `box` is neither a box nor a function, or an option is not valid.
 *
 * @example
 * ```ts
 * import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
 * import { NodeSDK } from '@opentelemetry/sdk-node';
 * import { createSignalbox } from 'signalbox';
 * import { signalboxInstrumentations } from 'signalbox/instrumentation';
 *
 * const box = createSignalbox();
 * new NodeSDK({
 *   instrumentations: [
 *     getNodeAutoInstrumentations(),
 *     ...signalboxInstrumentations(box, { bullmq: { types: ['welcome'] } }),
 *   ],
 * }).start();
 * ```
 */
export function signalboxInstrumentations(
  box: BoxSource,
  options?: SignalboxInstrumentationsOptions,
): Instrumentation[] {
  const own = optionsOf('signalboxInstrumentations', options, OPTIONS);
  const engines: Instrumentation[] = [
    new BullMQInstrumentation(box, own.bullmq),
    new PgBossInstrumentation(box, own.pgBoss),
    new GraphileWorkerInstrumentation(box, own.graphileWorker),
  ];
  if (typeof box === 'function') return engines;
  // The box's instrumentation gets the providers of an SDK that does not register them globally.
  return [...engines, (box as WithCore & WithInstrumentation).instrumentation() as Instrumentation];
}
