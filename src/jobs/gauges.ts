import type { Attributes } from '@opentelemetry/api';
import type { Core } from '../box/core.js';
import { isPending } from '../delivery/sink-answer.js';
import type { ObservableDefinition } from '../telemetry/make-instrument.js';
import type { Observe } from '../telemetry/observable-metric.js';
import { JOB_STARTED } from './job-signals.js';
import type { Depth, Monitored } from './monitor.js';
import type { QueueState } from './queue-state.js';
import { ATTR, METRIC } from './semconv.js';

type Result = Parameters<Observe>[0];

/** Has the gauges of all queues of a box looked at when metrics are collected. */
export function observeQueues(core: Core, queues: ReadonlyMap<string, QueueState>): void {
  const watch = (
    definition: ObservableDefinition,
    each: (state: QueueState, result: Result) => void | Promise<void>,
  ): void => {
    core.observe(definition, (result) => {
      // All at once: a queue whose store is down may take away no other's numbers, and these are needed just then.
      const failures: unknown[] = [];
      const late: Promise<unknown>[] = [];
      for (const state of queues.values()) {
        try {
          const looking = each(state, result);
          if (looking) late.push(looking.catch((error: unknown) => failures.push(error)));
        } catch (error) {
          failures.push(error);
        }
      }
      const done = (): void => {
        if (failures.length > 0) throw failures[0];
      };
      return late.length === 0 ? done() : Promise.all(late).then(done);
    });
  };

  watch(
    { ...upDown(METRIC.active, '{job}', 'Attempts that run here'), signals: [JOB_STARTED] },
    (state, result) => {
      for (const [type, count] of state.running.counts()) result.observe(count, labels(state, type));
    },
  );
  watch(
    gauge(METRIC.oldestActiveAge, 's', 'Run time of the longest running attempt here'),
    (state, result) => {
      for (const [type, millis] of state.running.oldest()) result.observe(millis / 1000, labels(state, type));
    },
  );
  watch(upDown(METRIC.workerCount, '{worker}', 'Workers here, by what they do'), (state, result) => {
    const { busy, idle } = state.workers.states();
    if (busy + idle === 0 && state.workers.busyMillis() === 0) return;
    result.observe(busy, { ...labels(state), [ATTR.workerState]: 'busy' });
    result.observe(idle, { ...labels(state), [ATTR.workerState]: 'idle' });
  });
  watch(
    {
      ...gauge(METRIC.workerBusyTime, 's', 'Time that workers spent in attempts'),
      type: 'observableCounter',
    },
    (state, result) => {
      const millis = state.workers.busyMillis();
      if (millis > 0) result.observe(millis / 1000, labels(state));
    },
  );
  watch(gauge(METRIC.queueJobs, '{job}', 'Jobs in the queue, by state'), (state, result) => {
    const monitor = monitorOf(state);
    if (!monitor) return;
    const inState = (key: string): Attributes => ({ ...labels(state), [ATTR.jobState]: key });
    for (const key of STATES) result.unknown(inState(key));
    return when(monitor.depth(), (depth) => {
      for (const key of STATES) {
        const jobs = depth?.[key];
        if (jobs !== undefined) result.observe(jobs, inState(key));
      }
    });
  });
  watch(gauge(METRIC.queueCapacity, '{job}', 'Jobs that the queue holds at most'), (state, result) => {
    if (monitorOf(state) && state.capacity !== undefined) result.observe(state.capacity, labels(state));
  });
  watch(gauge(METRIC.queueOldestAge, 's', 'Age of the oldest job that could run now'), (state, result) => {
    const monitor = monitorOf(state);
    if (!monitor) return;
    result.unknown(labels(state));
    return when(monitor.oldestAgeMillis(), (millis) => {
      if (millis !== undefined) result.observe(millis / 1000, labels(state));
    });
  });
  // Registered after the other gauges: it reports on the looks that they made in the same collection.
  watch(
    gauge(
      METRIC.monitorUp,
      '{monitor}',
      'Whether the monitor could measure the queue: 1 if it could, else 0',
    ),
    (state, result) => {
      const answers = monitorOf(state)?.answered() ?? [];
      const late = answers.map(([measure, up]) => {
        const own = { ...labels(state), [ATTR.monitorMeasure]: measure };
        result.unknown(own);
        return when(up, (isUp) => result.observe(isUp ? 1 : 0, own));
      });
      if (late.some((one) => one)) return Promise.all(late).then(() => undefined);
    },
  );
}

/** The monitor that looks at a queue, while one does. */
function monitorOf({ monitor }: QueueState): Monitored | undefined {
  return monitor?.isOver() === false ? monitor : undefined;
}

const STATES = [
  'waiting',
  'delayed',
  'active',
  'blocked',
  'paused',
] as const satisfies readonly (keyof Depth)[];

/** Passes on what there is: at once where it is there, for some readers do not wait. */
function when<T>(found: T | Promise<T>, then: (found: T) => void): void | Promise<void> {
  return isPending(found) ? Promise.resolve(found).then(then) : then(found as T);
}

function gauge(name: string, unit: string, description: string): ObservableDefinition {
  return { type: 'observableGauge', name, unit, description };
}

function upDown(name: string, unit: string, description: string): ObservableDefinition {
  return { type: 'observableUpDownCounter', name, unit, description };
}

function labels(state: QueueState, type?: string): Attributes {
  const common = {
    [ATTR.system]: state.system,
    [ATTR.queue]: state.name,
    ...(state.namespace === undefined ? {} : { [ATTR.namespace]: state.namespace }),
  };
  return type === undefined ? common : { ...common, [ATTR.jobType]: type };
}
