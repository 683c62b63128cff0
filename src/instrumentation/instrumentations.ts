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

/** How each engine is instrumented. */
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
 * OpenTelemetry instrumentations for BullMQ, pg-boss and graphile-worker: every queue, worker, flow producer, boss and runner that the app or
 * its framework makes is observed, with no change in their code. For `new NodeSDK({ instrumentations })` and `registerInstrumentations`; an engine that
 * the app has not is no trouble. Where the box is given itself, the providers that the SDK hands to instrumentations reach it too.
 *
 * @param box What `createSignalbox` returned, or a function that returns it once it is there.
 * @param options By engine, as of `bullmqJobs`, `pgBossJobs` and `graphileJobs`, and `enabled`. One set for all queues of an engine.
 * @throws {SignalboxError} When the box is none, or an option is not valid.
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
  // It takes the providers of an SDK that does not register them.
  return [...engines, (box as WithCore & WithInstrumentation).instrumentation() as Instrumentation];
}
