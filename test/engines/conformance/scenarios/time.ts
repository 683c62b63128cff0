import { context, trace } from '@opentelemetry/api';
import type { Stage } from '../stage.js';
import { until } from '../until.js';
import type { Scenario } from './scenario.js';
import { result } from './scenario.js';

const LIMIT_MILLIS = 1000;

export const timeout: Scenario = {
  limitMillis: LIMIT_MILLIS,
  run: async (stage) => {
    const id = await stage.ask({ limitMillis: LIMIT_MILLIS, maxAttempts: 2 });
    await stage.work(async ({ signal }, attempt) => {
      attempt.settled = 'timed_out';
      await (signal ? aborted(signal) : takenBack(stage, id));
      return result(stage);
    });
    await stage.ends(id, 'failed');
    await until('the handlers have ended', () =>
      stage.ledger.attempts(id).every(({ to }) => to !== undefined),
    );
  },
};

/** Resolves when the engine's store says that, where handlers get no signal. */
function takenBack(stage: Stage, id: string): Promise<void> {
  return until(`${id} is taken back`, async () => (await stage.world.row(id)).state !== 'active');
}

/** Resolves when the engine says that the attempt is over. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export const delayed: Scenario = {
  run: async (stage) => {
    const late = await stage.ask({ delayMillis: 1500 });
    const soon = await stage.ask();
    await stage.work(() => result(stage));
    await stage.ends(soon, 'completed');
    await stage.ends(late, 'completed');
  },
};

export const scheduled: Scenario = {
  schedules: true,
  run: async (stage) => {
    const { schedule } = stage.world;
    if (!schedule) throw new Error('This engine has no schedules.');
    const request = stage.otel.tracerProvider.getTracer('app').startSpan('request');
    const { traceId } = request.spanContext();
    stage.wanted = { ...stage.driver.traits.scheduled, apart: traceId };
    const worker = await stage.work(() => result(stage));
    await context.with(trace.setSpan(context.active(), request), () =>
      schedule({ text: stage.ledger.secret() }),
    );
    request.end();
    await until('ticks have run', () => stage.ledger.jobs.size >= stage.driver.traits.ticks);
    for (const id of stage.ledger.jobs.keys()) await stage.ends(id, 'completed');
    await worker.close();
  },
};
