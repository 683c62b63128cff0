import { randomUUID } from 'node:crypto';
import type { BoundBox, Signalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import type { ReceivedSeries } from '../../support/otlp-model.js';
import type { Wanted } from './case.js';
import { compare } from './compare.js';
import type { Ask, Call, Driver, Handler, Worker, WorkOptions, World, WorldOptions } from './driver.js';
import type { LedgerAttempt } from './ledger.js';
import { Ledger } from './ledger.js';
import type { Recording } from './recording.js';
import { recorded } from './recording.js';
import type { Observed } from './release.js';
import { releaseOf } from './release.js';
import { TYPE } from './type.js';
import { until } from './until.js';
import type { WorkerProcess } from './worker-process.js';
import { startWorkerProcess } from './worker-process.js';

/** What a handler of a scenario gets beside the call. */
export type Act = (call: Call, attempt: LedgerAttempt) => unknown | Promise<unknown>;

/** One scenario on one engine: it asks, works and looks, and all of it is in its ledger. */
export class Stage {
  readonly driver: Driver;
  readonly ledger: Ledger;
  readonly world: World;
  wanted: Wanted = {};
  readonly processes: WorkerProcess[] = [];
  /** Sentences about what the scenario itself found wrong. */
  readonly found: string[] = [];
  readonly otel: TestOtel;
  readonly #box: Signalbox;
  readonly #workers: Worker[] = [];

  constructor(driver: Driver, ledger: Ledger, world: World, otel: TestOtel, box: Signalbox) {
    this.driver = driver;
    this.ledger = ledger;
    this.world = world;
    this.otel = otel;
    this.#box = box;
  }

  /** The box, bound to the job that runs. */
  current(): BoundBox {
    return createJobs(this.#box).current();
  }

  /** Asks for a job that is new. */
  async ask(ask: Ask = {}): Promise<string> {
    const from = Date.now();
    const payload = { text: this.ledger.secret(), falters: ask.falters === true };
    const id = await this.world.add(ask, payload);
    if (id === null) throw new Error('A new job was taken for one that is there.');
    this.accepted(id, ask, from);
    return id;
  }

  /** Asks for a job that is there. */
  async askAgain(id: string, ask: Ask): Promise<void> {
    const found = await this.world.add(ask, { text: this.ledger.secret() });
    if (found !== null && found !== id) throw new Error(`The job ${found} was taken for a new one.`);
    this.ledger.duplicate(id);
  }

  accepted(id: string, ask: Ask, from: number): void {
    this.ledger.accepted(id, this.world.queue, ask.type ?? TYPE, {
      from,
      to: Date.now(),
      delayMillis: ask.delayMillis ?? 0,
      priority: ask.priority,
    });
  }

  /** Starts a worker whose handler writes into the ledger what it does. */
  async work(act: Act, options?: WorkOptions): Promise<Worker> {
    return this.keep(await this.world.work(this.handler(act), options));
  }

  handler(act: Act): Handler {
    return (call) => {
      // A tick of a schedule: nobody asked for it but the engine.
      if (this.wanted.apart !== undefined && !this.ledger.jobs.has(call.id))
        this.ledger.accepted(call.id, this.world.queue, TYPE, undefined);
      const attempt = this.ledger.began(call.id, call.number);
      return this.ledger.during(attempt, () => act(call, attempt));
    };
  }

  keep(worker: Worker): Worker {
    this.#workers.push(worker);
    return worker;
  }

  /** A worker in a process of its own. */
  async workElsewhere(manner: 'completes' | 'hangs', observed?: Observed): Promise<WorkerProcess> {
    const { address } = this.world;
    if (!address) throw new Error('This engine has no address for other processes.');
    const process = await startWorkerProcess(
      { ...address, ...(observed && { observed }) },
      manner,
      this.ledger,
    );
    this.processes.push(process);
    return process;
  }

  /** Waits for the engine's store to say that a job has ended, and writes that down. */
  async ends(id: string, state: 'completed' | 'failed' | 'cancelled', reason?: string): Promise<void> {
    let last = '';
    await until(
      () => `${id} is ${state}, and not ${last}`,
      async () => {
        const row = await this.world.row(id);
        last = row.state;
        if (
          row.state !== state &&
          row.state !== 'waiting' &&
          row.state !== 'delayed' &&
          row.state !== 'active'
        )
          throw new Error(`The store says that ${id} is ${row.state}, not ${state}.`);
        return row.state === state;
      },
    );
    this.ledger.ended(
      id,
      state === 'completed' ? 'completed' : 'abandoned',
      state === 'cancelled' ? (reason ?? 'cancelled') : reason,
    );
  }

  /** Waits for the engine's store to say that a job will run no more, and writes down why. */
  async gone(id: string, reason: string | undefined): Promise<void> {
    await until(`${id} is gone`, async () => {
      const { state } = await this.world.row(id);
      return state === 'cancelled' || state === 'gone' || state === 'failed';
    });
    this.ledger.ended(id, 'abandoned', reason);
  }

  /** Starts a worker that takes over what others have lost, as soon as the engine lets it. */
  rescuer(act: Act): Promise<Worker> {
    return this.work(act, { rescues: true });
  }

  /** An id that no job had yet. */
  ownId(): string {
    return randomUUID();
  }

  /** Looks at who reports the gauges of the queue when no job is left: one process, once for each state. */
  async measure(): Promise<void> {
    const gauges = async (metric: string): Promise<readonly ReceivedSeries[]> =>
      (await recorded(this.otel)).received.series.filter((series) => series.metric === metric);
    const elsewhere = this.processes.flatMap((process) => process.recording().received.series);
    for (const metric of ['queue.jobs', 'queue.oldest.age']) {
      // What a store was asked may be as old as a second.
      await until(`${metric} is 0`, async () => {
        const own = await gauges(metric);
        return own.length > 0 && own.every(({ value }) => value === 0);
      });
      const states = (await gauges(metric)).map(({ attributes }) => attributes['job.state']);
      if (new Set(states).size !== states.length)
        this.found.push(`${metric} is reported twice for a state: ${states}`);
      const others = elsewhere.filter((series) => series.metric === metric).length;
      if (others > 0) this.found.push(`${metric} is reported by a process that owns no monitor`);
    }
  }

  /** Waits for an attempt of a job to run. */
  async runs(id: string, attempts = 1): Promise<LedgerAttempt> {
    await until(`attempt ${attempts} of ${id} runs`, () => this.ledger.attempts(id).length >= attempts);
    return this.ledger.attempts(id)[attempts - 1] as LedgerAttempt;
  }

  async close(): Promise<void> {
    for (const process of this.processes) await process.stop();
    for (const worker of this.#workers.splice(0)) await worker.close();
    await this.world.close();
  }
}

/** What a scenario left: what truly happened, and what was told. */
export interface Performance {
  readonly stage: Stage;
  readonly recordings: readonly Recording[];
}

/** Runs a scenario on an engine. */
export async function perform(driver: Driver, { run, ...options }: Play): Promise<Performance> {
  const otel = startOtel();
  const ledger = new Ledger();
  const box = (await releaseOf(options.observed?.release)).createSignalbox();
  const stage = new Stage(driver, ledger, await driver.open(box, ledger, options), otel, box);
  try {
    try {
      await run(stage);
    } finally {
      await stage.close();
    }
    await box.shutdown();
    const recordings = [await recorded(otel), ...stage.processes.map((process) => process.recording())];
    return { stage, recordings };
  } finally {
    for (const process of stage.processes) await process.close();
    await otel.shutdown();
    resetOtel();
  }
}

/** The sentences about what was told and is not what happened. */
export function judge({ stage, recordings }: Performance, options: WorldOptions): readonly string[] {
  const { driver, ledger, world, wanted, found } = stage;
  return [...found, ...compare(ledger, driver.traits, world.queue, recordings, wanted, options)];
}

/** What happens in a cell, written once for all engines. */
export interface Play extends WorldOptions {
  run(stage: Stage): Promise<void>;
}
