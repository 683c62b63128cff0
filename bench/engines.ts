// What observing a job costs, as CPU of the app's process: enqueue to settled, with and without signalbox, beside what the engines bring
// themselves. Needs a redis-server; PostgreSQL comes from npm. Run with `npm run bench:engines`.
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { startPostgres } from '../test/engines/support/postgres.js';
import { startRedis } from '../test/engines/support/redis.js';
import { bullmqCases } from './engines/bullmq.js';
import type { EngineCase } from './engines/case.js';
import { graphileCases } from './engines/graphile-worker.js';
import { pgBossCases } from './engines/pg-boss.js';
import { checkNames, choiceOf, countOf, NAMES } from './environment.js';
import type { Figure } from './harness.js';
import { summarise, table } from './harness.js';

checkNames('BENCH_', NAMES);
const ENGINE = choiceOf('BENCH_ENGINE', ['BullMQ', 'pg-boss', 'graphile-worker']);
const JOBS = countOf('BENCH_JOBS', 5000);
const ROUNDS = countOf('BENCH_ROUNDS', 5);

const ok = (_items: unknown, done: (result: { code: number }) => void): void => done({ code: 0 });
const nothing = { export: ok, shutdown: async () => {}, forceFlush: async () => {} };
const queue = { maxQueueSize: 1 << 20, scheduledDelayMillis: 50 };

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(nothing, queue)] }),
);
logs.setGlobalLoggerProvider(
  new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter: nothing, ...queue })] }),
);
metrics.setGlobalMeterProvider(
  new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
        exportIntervalMillis: 3_600_000,
      }),
    ],
  }),
);

/** Microseconds of CPU for each job. */
async function round(one: EngineCase, jobs: number): Promise<number> {
  const run = await one.prepare();
  const cpu = process.cpuUsage();
  await run.play(jobs);
  const used = process.cpuUsage(cpu);
  await run.close();
  return (used.user + used.system) / jobs;
}

async function compareEngine(cases: readonly EngineCase[]): Promise<Figure[]> {
  const perRound = Math.ceil(JOBS / ROUNDS);
  const micros = cases.map((): number[] => []);
  for (const one of cases) await round(one, Math.min(perRound, 200));
  for (let r = 0; r < ROUNDS; r++) {
    for (let i = 0; i < cases.length; i++) {
      const at = (i + r) % cases.length;
      micros[at]?.push(await round(cases[at] as EngineCase, perRound));
    }
  }
  return summarise(
    cases.map(({ name }) => name),
    micros,
  );
}

const redis = await startRedis();
const postgres = await startPostgres();
try {
  const engines = [
    ['BullMQ', bullmqCases(redis.url)],
    ['pg-boss', pgBossCases(() => postgres.database())],
    ['graphile-worker', graphileCases(() => postgres.database())],
  ] as const;
  for (const [engine, cases] of engines) {
    if (ENGINE !== undefined && ENGINE !== engine) continue;
    const figures = await compareEngine(cases);
    console.log(table(`${engine}: ${JOBS} jobs each, CPU of the app's process`, figures, 'µs'));
  }
} finally {
  await redis.stop();
  await postgres.stop();
}
process.exit(0);
