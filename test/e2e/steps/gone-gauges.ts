import { startRedis } from '../../engines/support/redis.js';
import { readAlerts, shortened } from '../dashboards/alert.js';
import { queryPrometheus } from '../read/prometheus.js';
import { settle } from '../settle.js';
import type { Stack } from '../stack/stack.js';
import type { Commanded } from '../subjects/commanded.js';
import { startCommanded } from '../subjects/commanded.js';
import type { Step } from './step.js';

const SERVICE = 'gone-gauges';
const ARRIVAL_MILLIS = 30_000;
/** As long as a store is waited for that does not answer, and a collection more. */
const HANGS_MILLIS = 20_000;

const WATCHED = [
  'JobBacklogGrowing',
  'JobTooOld',
  'JobWorkersMissing',
  'JobAttemptHung',
  'QueueMonitorMissing',
];

let starts = 0;

/** A process that is told what to do, and its series. */
class Subject {
  readonly #process: Commanded;
  readonly #prometheus: string;
  readonly #instance = `gone-${process.pid}-${++starts}`;

  constructor(stack: Stack) {
    this.#prometheus = stack.prometheus;
    this.#process = startCommanded(['test/e2e/subjects/gone-gauges.ts', stack.otlp], {
      OTEL_SERVICE_NAME: SERVICE,
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${this.#instance}`,
    });
  }

  /** Resolves when Prometheus has what it collected first after that was done. */
  async does(command: string): Promise<void> {
    const done = Number(await this.#process.tell(command));
    const query = `max(timestamp(queue_monitor_up{service_instance_id="${this.#instance}"}))`;
    const amiss = await settle(ARRIVAL_MILLIS, async () => {
      const [last] = await queryPrometheus(this.#prometheus, query);
      return Number(last?.value[1] ?? 0) * 1000 > done
        ? []
        : [`${this.#instance} sent nothing after '${command}'`];
    });
    if (amiss.length > 0) throw new Error(amiss.join());
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }
}

/** The alerts whose expressions hold for a queue now. */
async function alertsOf(stack: Stack, queue: string): Promise<string[]> {
  const rules = readAlerts().filter(({ alert }) => WATCHED.includes(alert));
  const each = await Promise.all(
    rules.map(async (rule) => {
      // The thresholds of ages are passed; a running attempt has to be older than the shorter one.
      const expr = rule.alert === 'JobAttemptHung' ? shortened(rule) : rule.expr;
      const found = await queryPrometheus(stack.prometheus, expr);
      const own = found.filter(
        ({ metric }) => metric.service_name === SERVICE && metric.messaging_destination_name === queue,
      );
      return own.length > 0 ? [rule.alert] : [];
    }),
  );
  return each.flat().sort();
}

export const goneGauges: Step = {
  name: 'gone-gauges',
  shows:
    'alerts on queues and workers say what is true with the next collection after a monitor moved, a store went down or a worker stopped, through the SDK of an app',
  async run({ stack, say }) {
    const mismatches: string[] = [];
    const [a, b] = [new Subject(stack), new Subject(stack)];
    const redis = await startRedis();
    const expects = async (what: string, queue: string, wanted: readonly string[]): Promise<void> => {
      const found = await alertsOf(stack, queue);
      say(`${what}: ${found.join(', ') || 'no alert'}`);
      if (found.join() !== [...wanted].sort().join())
        mismatches.push(`${what}: ${found.join() || 'none'} and not ${wanted.join() || 'none'}`);
    };
    try {
      await a.does('watch moved 500 3600000');
      // A depth grows between two looks.
      await a.does('up moved');
      await expects('500 old jobs, watched by one', 'moved', [
        'JobBacklogGrowing',
        'JobTooOld',
        'JobWorkersMissing',
      ]);
      await a.does('unwatch moved');
      await expects('watched by none', 'moved', ['QueueMonitorMissing']);
      await b.does('watch moved 0 0');
      await b.does('start-worker moved');
      await expects('few young jobs, watched by the other, which works too', 'moved', []);
      await b.does('stop-worker moved');
      await expects('its worker stopped, which never had a job', 'moved', ['JobWorkersMissing']);
      await b.does('unwatch moved');
      await a.does('watch moved 600 3600000');
      await expects('watched by the first again', 'moved', [
        'JobBacklogGrowing',
        'JobTooOld',
        'JobWorkersMissing',
      ]);

      await a.does('watch falls 500 3600000');
      await a.does('down falls');
      await expects('its store is down', 'falls', ['QueueMonitorMissing']);
      await a.does('up falls');
      await expects('its store is up again', 'falls', [
        'JobBacklogGrowing',
        'JobTooOld',
        'JobWorkersMissing',
      ]);

      await b.does(`watch-redis redis ${redis.connection.port}`);
      await expects('five jobs in Redis', 'redis', ['JobWorkersMissing']);
      await redis.stop();
      // BullMQ does not fail then: it waits until Redis is back.
      const until = Date.now() + HANGS_MILLIS;
      while (Date.now() < until && (await alertsOf(stack, 'redis')).join() !== 'QueueMonitorMissing')
        await b.does('up redis');
      await expects('Redis was killed', 'redis', ['QueueMonitorMissing']);
      await expects('another queue of that process, watched by the first', 'moved', [
        'JobBacklogGrowing',
        'JobTooOld',
        'JobWorkersMissing',
      ]);

      await a.does('attempt hangs');
      await settle(ARRIVAL_MILLIS, async () =>
        (await alertsOf(stack, 'hangs')).length > 0 ? [] : ['no alert yet'],
      );
      await expects('an attempt that hangs', 'hangs', ['JobAttemptHung']);
      await a.does('shutdown');
      await expects('the box was shut down, the SDK lives on: the attempt', 'hangs', []);
      await expects('the box was shut down, the SDK lives on: its queue', 'moved', ['QueueMonitorMissing']);
    } finally {
      await Promise.all([a.kill(), b.kill(), redis.stop()]);
    }
    return { jobs: 0, mismatches };
  },
};
