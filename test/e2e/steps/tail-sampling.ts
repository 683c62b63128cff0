import type { ReceivedSpan } from '../../support/otlp-model.js';
import { SAMPLING_PAGES } from '../docs/doc-queries.js';
import { runDocQueries } from '../docs/run-doc-queries.js';
import { askJaeger, readJaeger } from '../read/jaeger.js';
import { queryPrometheus } from '../read/prometheus.js';
import type { RunKey } from '../read/run.js';
import type { ComparedLate } from '../sampling/compare-late.js';
import { compareForgotten, compareLate } from '../sampling/compare-late.js';
import type { Compared, Kept } from '../sampling/compare-traces.js';
import { compareTraces } from '../sampling/compare-traces.js';
import type { Ledger } from '../sampling/ledger.js';
import { merged } from '../sampling/ledger.js';
import type { Sum } from '../sampling/sums.js';
import { offSum, sumsOf } from '../sampling/sums.js';
import { settle } from '../settle.js';
import { TAIL_SAMPLING_COMPOSE } from '../stack/overlays.js';
import type { Stack } from '../stack/stack.js';
import { startStack } from '../stack/start.js';
import { waitUntil } from '../stack/wait.js';
import type { Commanded } from '../subjects/commanded.js';
import { startCommanded } from '../subjects/commanded.js';
import type { Finding, Scene, Step } from './step.js';

const SERVICE = 'sampled-jobs';
const OURS = `service_name="${SERVICE}"`;
const RUN_MILLIS = 10 * 60_000;
/** So that the step needs not wait for what the collector tells of itself. */
const OWN_METRICS = 'test/e2e/sampling/own-metrics.yaml';
const ARRIVAL_MILLIS = 60_000;
const CLOCKS_MILLIS = 2000;
const STOP_MILLIS = 20_000;

/** As the collector is told: jobs of a play live for some three seconds, those of `enqueue` longer than the decision waits. */
const ENV = {
  TAIL_SAMPLING_DECISION_WAIT: '12s',
  TAIL_SAMPLING_WAIT: '1s',
  TAIL_SAMPLING_RUN: '1s',
  TAIL_SAMPLING_PERCENTAGE: '20',
} as const;
const KEPT: Kept = { waitMillis: 1000, runMillis: 1000, share: 0.2 };

const OWN = 'otelcol_processor_tail_sampling';
const DECIDED = `${OWN}_global_count_traces_sampled_total`;
const LATE = `${OWN}_early_releases_from_cache_decision_total`;
const PENDING = `${OWN}_sampling_traces_on_memory`;
/** What must stay at nothing, or decisions were made of less than there was. */
const NEVER = [
  `${OWN}_sampling_trace_dropped_too_early_total`,
  `${OWN}_sampling_policy_evaluation_error_total`,
];

export const tailSampling: Step = {
  name: 'tail-sampling',
  shows: 'with tail sampling all bad traces are kept and of the others a share, and all metrics stay exact',
  async run({ stack, say }) {
    if (stack.grafana !== undefined) {
      say('left out: compose publishes fixed ports, so there is only one collector; run it natively');
      return { jobs: 0, mismatches: [] };
    }
    const sampling = await startStack({
      name: 'tail-sampling',
      say,
      overlays: [TAIL_SAMPLING_COMPOSE],
      collectorConfigs: [OWN_METRICS],
      env: ENV,
    });
    try {
      return await new Sampling(sampling, say).run();
    } finally {
      await sampling.stop();
    }
  },
};

/** One run of the step: a process that plays jobs, and what becomes of its traces. */
class Sampling {
  readonly #stack: Stack;
  readonly #say: Scene['say'];
  readonly #key: RunKey;
  readonly #process: Commanded;
  readonly #mismatches: string[] = [];

  constructor(stack: Stack, say: Scene['say']) {
    this.#stack = stack;
    this.#say = say;
    const instance = `sampled-${process.pid}`;
    const fromMillis = Date.now() - CLOCKS_MILLIS;
    this.#key = { service: SERVICE, instance, fromMillis, toMillis: fromMillis + RUN_MILLIS };
    this.#process = startCommanded(['test/e2e/subjects/sampled-jobs.ts', stack.otlp], {
      OTEL_SERVICE_NAME: SERVICE,
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    });
  }

  async run(): Promise<Finding> {
    try {
      const late = await this.#does('enqueue late parent 400 retried');
      const forgotten = await this.#does('enqueue forgotten parent 50 retried');
      const linked = await this.#does('enqueue late-link link 400 retried');
      const played = await this.#does('play parent parent 5000 1');
      const playedLinked = await this.#does('play link link 2000 2');
      const early = merged([late, forgotten, linked, played, playedLinked]);
      await this.#decided(tracesIn(early));
      await this.#compareTraces('decided on in time', early);

      const worked = await this.#does('work late');
      const workedLinked = await this.#does('work late-link');
      await this.#compareLate(late, worked);
      await this.#decided(tracesIn(early) + tracesIn(workedLinked));
      await this.#compareTraces('late attempts in traces of their own', workedLinked);
      await this.#linksToNothing(linked);
      const all = merged([early, worked, workedLinked]);
      await this.#compareSums('all metrics', sumsOf(all, OURS));
      await this.#holds('queries', async () => runDocQueries(this.#stack, {}, SAMPLING_PAGES));

      const pending = await this.#killed();
      const workedForgotten = await this.#does('work forgotten');
      const stopped = await this.#does('play stopped parent 400 4');
      await this.#stopInOrder();
      const whole = merged([all, pending, workedForgotten, stopped]);
      await this.#compareTraces('decided on when the collector was stopped', stopped);
      await this.#holds('what a restart forgot', async () =>
        compareForgotten(forgotten, workedForgotten, await this.#spans()),
      );
      await this.#compareSums('metrics of jobs after restarts', ofJobs(sumsOf(whole, OURS)));
      return { jobs: whole.jobs.length, mismatches: this.#mismatches };
    } finally {
      await this.#process.kill();
    }
  }

  async #does(command: string): Promise<Ledger> {
    return JSON.parse(await this.#process.tell(command)) as Ledger;
  }

  async #spans(): Promise<ReceivedSpan[]> {
    return readJaeger(await askJaeger(this.#stack.jaeger, this.#key));
  }

  /** Looks until nothing is amiss, and keeps what is at the deadline. */
  async #holds(what: string, look: () => Promise<readonly string[]>): Promise<void> {
    const amiss = await settle(ARRIVAL_MILLIS, look);
    this.#mismatches.push(...amiss.map((text) => `${what}: ${text}`));
  }

  async #sum(query: string): Promise<number> {
    const [sample] = await queryPrometheus(this.#stack.prometheus, `sum(last_over_time(${query}[1h]))`);
    return Number(sample?.value[1] ?? Number.NaN);
  }

  async #is(query: string, wanted: number): Promise<string[]> {
    const found = await this.#sum(query);
    return found === wanted ? [] : [`${query} is ${found}, not ${wanted}`];
  }

  /** Each trace is decided on once, and by no less than it was. */
  async #decided(traces: number): Promise<void> {
    await this.#holds('decisions', async () => {
      const decided = await this.#is(DECIDED, traces);
      const never = await Promise.all(NEVER.map((metric) => this.#is(metric, 0)));
      return [...decided, ...never.flat()];
    });
  }

  async #compareTraces(what: string, ledger: Ledger): Promise<void> {
    let compared: Compared | undefined;
    await this.#holds(what, async () => {
      compared = compareTraces(
        ledger,
        (await this.#spans()).filter(({ traceId }) => ledger.spans[traceId]),
        KEPT,
      );
      return compared.mismatches;
    });
    this.#say(
      `${what}: ${compared?.bad} bad traces, ${compared?.goodKept} of ${compared?.good} good ones kept`,
    );
  }

  async #compareLate(first: Ledger, worked: Ledger): Promise<void> {
    let compared: ComparedLate | undefined;
    await this.#holds('late attempts', async () => {
      compared = compareLate(first, worked, await this.#spans(), KEPT.share);
      const { kept, dropped } = compared.spans;
      return [
        ...compared.mismatches,
        ...(await this.#is(`${LATE}{sampled="true"}`, kept)),
        ...(await this.#is(`${LATE}{sampled="false"}`, dropped)),
      ];
    });
    this.#say(
      `late attempts: ${compared?.spans.kept} spans kept, ${compared?.spans.dropped} dropped and counted`,
    );
  }

  /** Attempts were kept whose enqueues were not: their links are there, and Jaeger says of what they lead to that it is not found. */
  async #linksToNothing(enqueues: Ledger): Promise<void> {
    const spans = await this.#spans();
    const there = new Set(spans.map(({ traceId }) => traceId));
    const led = spans.flatMap(({ links }) => links.map(({ traceId }) => traceId));
    const gone = led.filter((id) => enqueues.spans[id] !== undefined && !there.has(id));
    if (gone.length === 0)
      this.#mismatches.push('no link leads to an enqueue that was not kept: nothing was shown');
    for (const id of gone.slice(0, 3)) {
      const { status } = await fetch(`${this.#stack.jaeger}/api/traces/${id}`);
      if (status !== 404) this.#mismatches.push(`Jaeger answers ${status} for a trace that was not kept`);
    }
    this.#say(`${gone.length} links lead to enqueues that were not kept`);
  }

  async #compareSums(what: string, sums: readonly Sum[]): Promise<void> {
    await this.#holds(what, async () => {
      const each = await Promise.all(
        sums.map(async (sum) => offSum(sum, await queryPrometheus(this.#stack.prometheus, sum.query))),
      );
      return each.flat();
    });
    this.#say(`${what}: ${sums.reduce((n, { wanted }) => n + wanted.size, 0)} sums are the ledger's`);
  }

  /** Kills the collector while traces are undecided: gives what they were. */
  async #killed(): Promise<Ledger> {
    const pending = await this.#does('play pending parent 200 3');
    await this.#holds('what is pending', () => this.#is(PENDING, tracesIn(pending)));
    await this.#stack.service('collector').restart();
    const kept = new Set((await this.#spans()).map(({ traceId }) => traceId));
    const found = Object.keys(pending.spans).filter((id) => kept.has(id));
    if (found.length > 0) this.#mismatches.push(`${found.length} traces were decided on before the kill`);
    this.#say(`killed: ${tracesIn(pending)} pending traces are gone, and were told as pending`);
    return pending;
  }

  async #stopInOrder(): Promise<void> {
    const collector = this.#stack.service('collector');
    if (collector.pid === undefined) throw new Error('the collector does not run');
    process.kill(collector.pid, 'SIGTERM');
    await waitUntil(STOP_MILLIS, 'the collector to end', async () => !collector.running);
    await collector.start();
  }
}

function tracesIn({ spans }: Ledger): number {
  return Object.keys(spans).length;
}

/** A kill takes span metrics with it that the collector had not given out yet. */
function ofJobs(sums: readonly Sum[]): Sum[] {
  return sums.filter(({ metric }) => !metric.startsWith('traces_'));
}
