import type { ConstructorOptions, PgBoss } from 'pg-boss';
import type { Core, WithCore } from '../../box/core.js';
import { coreOf } from '../../box/core.js';
import { Recent } from '../../jobs/bounded-map.js';
import type { JobsOfAdapter } from '../../jobs/jobs.js';
import { jobsOn } from '../../jobs/jobs.js';
import type { QueueHandle } from '../../jobs/queue.js';
import { claim, isResting } from '../common/claim.js';
import { typesOfQueue } from '../common/job-types.js';
import { MonitorNamed } from '../common/monitor-named.js';
import type { ClassObserver, Observation } from '../common/observation.js';
import { perObject } from '../common/observation.js';
import { takenOn } from '../common/shared-options.js';
import { switchable } from '../common/switchable.js';
import type { PgBossJobsOptions, Unlisted } from './adapter-options.js';
import { checkedOptions } from './adapter-options.js';
import type { ObservedBoss } from './boss-state.js';
import type { Bridge } from './carrier-tracer.js';
import { createBridge } from './carrier-tracer.js';
import { abilitiesOf, engineOf, settlesAtOnce } from './engine.js';
import { FetchWatch } from './fetched-jobs.js';
import { JobTable } from './job-table.js';
import { monitorQueue } from './monitor.js';
import { bossObservation } from './observe-boss.js';
import { RunningHere } from './running-jobs.js';
import { Answers } from './statement-answers.js';
import { configuredSpans } from './whose-spans.js';

/** pg-boss's default. Queues in other schemas are told apart by their schema. */
const DEFAULT_SCHEMA = 'pgboss';

/** pg-boss's jobs on a box: the parts that the wrappers, the classes and the instrumentation share. */
export interface Connected {
  readonly core: Core;
  readonly jobs: JobsOfAdapter;
  /** The owner for whom signalbox claims bosses, and options that carry our context. */
  readonly owner: object;
  readonly bosses: WeakMap<object, ObservedBoss>;
  withTelemetry(given: ConstructorOptions | string): ConstructorOptions;
  observationOf(boss: PgBoss, schema?: string): Observation<PgBoss>;
  readonly observer: ClassObserver<PgBoss>;
}

/** Throws a SignalboxError if the box is none, or an option is not valid. */
export function connect(
  where: string,
  box: WithCore,
  options: PgBossJobsOptions | undefined,
  { monitor }: Unlisted = {},
): Connected {
  const core = switchable(coreOf(where, box), () => jobs);
  const own = checkedOptions(where, options);
  const { types, attemptLinks = 'memory', settle = 'exact' } = own;
  const jobs: JobsOfAdapter = jobsOn(
    box,
    { system: 'pg-boss', ...takenOn(own) },
    { remembersAttempts: true },
  );
  const named = new MonitorNamed(monitor);
  const queues = new Map<string | undefined, Map<string, QueueHandle>>();
  const bosses = new WeakMap<object, ObservedBoss>();
  // Remember options by their database: a boss shows its database, and not its options.
  const configured = configuredOn(core);

  function queue(name: unknown, schema: unknown): QueueHandle | undefined {
    if (typeof name !== 'string' || name === '') return undefined;
    const namespace = typeof schema === 'string' && schema !== DEFAULT_SCHEMA ? schema : undefined;
    const known = queues.get(namespace)?.get(name);
    if (known) return known;
    const telemetry = jobs.queue(name, {
      types: typesOfQueue(types, name),
      ...(namespace === undefined ? {} : { namespace }),
    });
    const ofNamespace = queues.get(namespace) ?? new Map<string, QueueHandle>();
    queues.set(namespace, ofNamespace.set(name, telemetry));
    return telemetry;
  }

  // pg-boss's own queues have no jobs of the app.
  const bridge = bridgeOf(core, (name, schema) =>
    isResting(jobs) || (typeof name === 'string' && name.startsWith('__pgboss'))
      ? undefined
      : queue(name, schema)?.enqueue({}),
  );

  function observedBoss(
    boss: PgBoss,
    schema: string,
    known: ConstructorOptions | undefined,
  ): { readonly shared: ObservedBoss; readonly fetches: FetchWatch } {
    const can = abilitiesOf(boss);
    const running = new RunningHere();
    const waiting: ObservedBoss['waiting'] = new Map();
    const shared: ObservedBoss = {
      boss,
      engine: engineOf(boss),
      can,
      core,
      bridge,
      table: new JobTable(boss, core, schema),
      settle: settle === 'approximate' || can.settlesByAttempt ? settle : 'look',
      answers:
        settle === 'exact' && can.settlesByAttempt && can.makesSpans && settlesAtOnce(known)
          ? new Answers(boss.getDb())
          : undefined,
      attemptLinks,
      firstRuns: new Recent<number>(),
      queue: (name) => {
        named.see(name, (own) => monitorQueue(shared, own));
        return queue(name, schema);
      },
      ended: ({ name }, id, held = running.get(id)) => {
        waiting.get(name)?.drop(id);
        if (!held?.fetched) return;
        // If another word than the attempt's own was its end, the span is still open.
        held.attempt.lost();
        if (running.get(id) !== held) return;
        running.release(id);
        fetches.settled(id);
      },
      again: (telemetry, job) => {
        const heard = running.heard.on([job.id]);
        if (!heard) return fetches.again(telemetry, job);
        // Wait for the command whose signals are about to be emitted: if it settled the fetched job, it ends the attempt.
        const held = running.get(job.id);
        if (held?.fetched) core.tellLater(heard.then(() => held.attempt.lost()));
      },
      lives: livesOf(core),
      running,
      waiting,
      calls: new Set(),
      unsignalled: new Set(),
      settling: new Set(),
      spans: can.makesSpans ? configuredSpans(known, bridge.openTelemetry) : 'ours',
      stopping: false,
      stopped: false,
    };
    const fetches = new FetchWatch(shared);
    return { shared, fetches };
  }

  function withTelemetry(given: ConstructorOptions | string): ConstructorOptions {
    const own = typeof given === 'string' ? { connectionString: given } : { ...given };
    const engine = own.openTelemetry !== undefined && own.openTelemetry.enabled !== false;
    own.openTelemetry = engine ? { propagateContext: true, ...own.openTelemetry } : bridge.openTelemetry;
    if (own.db) configured.set(own.db, own);
    // An observed class leaves claimed options as they are.
    claim(own, jobs);
    return own;
  }

  function observationOf(boss: PgBoss, schema?: string): Observation<PgBoss> {
    const db = boss.getDb();
    const known = configured.get(db) ?? (db as { config?: ConstructorOptions }).config;
    const { shared, fetches } = observedBoss(boss, schema ?? known?.schema ?? DEFAULT_SCHEMA, known);
    bosses.set(boss, shared);
    const observation = bossObservation(shared, fetches);
    // The boss may have started before, and its first command may come soon.
    shared.table.prepare();
    return observation;
  }

  return {
    core,
    jobs,
    owner: jobs,
    bosses,
    withTelemetry,
    observationOf,
    observer: {
      observationOf: perObject((boss) => {
        if (!core.enabled()) return undefined;
        try {
          return observationOf(boss);
        } catch (error) {
          core.report('pg-boss:a boss', 'pg-boss: a boss could not be observed', error);
          return undefined;
        }
      }),
    },
  };
}

/** One for each box, because several bosses may be on one queue. */
function livesOf(core: Core): Recent<true> {
  const found = core.shared.get('pg-boss:lives') as Recent<true> | undefined;
  const lives = found ?? new Recent<true>();
  core.shared.set('pg-boss:lives', lives);
  return lives;
}

/** One for each box: one part of the app may make a boss's options, and another one may observe the boss. */
function configuredOn(core: Core): WeakMap<object, ConstructorOptions> {
  const found = core.shared.get('pg-boss:configured') as WeakMap<object, ConstructorOptions> | undefined;
  const configured = found ?? new WeakMap<object, ConstructorOptions>();
  core.shared.set('pg-boss:configured', configured);
  return configured;
}

/** One for each box: a boss calls the bridge that it was made with, whoever observes the boss. */
function bridgeOf(core: Core, startSend: StartSend): Bridge {
  const found = core.shared.get('pg-boss:bridge') as SharedBridge | undefined;
  const shared = found ?? sharedBridge(core);
  core.shared.set('pg-boss:bridge', shared);
  shared.starts.push(startSend);
  return shared.bridge;
}

type StartSend = Parameters<typeof createBridge>[1];

interface SharedBridge {
  readonly bridge: Bridge;
  /** Of all who observe bosses on the box. The first one that is not switched off starts the enqueue. */
  readonly starts: StartSend[];
}

function sharedBridge(core: Core): SharedBridge {
  const starts: StartSend[] = [];
  const bridge = createBridge(core, (queue, schema) => {
    for (const start of starts) {
      const enqueue = start(queue, schema);
      if (enqueue) return enqueue;
    }
    return undefined;
  });
  return { bridge, starts };
}
