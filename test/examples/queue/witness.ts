import { now } from '../../../examples/job-queue/queue/clock.js';
import type { JobCall } from '../../../examples/job-queue/queue/index.js';
import { NotRetryable } from '../../../examples/job-queue/queue/index.js';
import { hang, work } from './fake-time.js';
import type { Deed, EnqueueStep, Program } from './program.js';
import type { Rig, Told } from './rig.js';
import { createRig } from './rig.js';

/** One life of a job, as the one who enqueued it and its handler see it. */
export interface Life {
  readonly id: string;
  /** Its place in the order of acceptance. */
  readonly order: number;
  readonly runnableAt: number;
  readonly asked: EnqueueStep;
  readonly controller: AbortController;
  attempts: number;
  /** A handler has returned while its attempt was its own. */
  returned: boolean;
  /** It was cancelled while it was live. */
  cancelled: boolean;
}

/**
 * Uses a queue and watches it from outside: what it sees is the truth that the queue's word is held against. It collects
 * what is wrong instead of throwing, because it is called in places where a throw would be taken for a failed job.
 */
export class Witness {
  readonly rig: Rig;
  readonly wrong: string[] = [];
  readonly lives: Life[] = [];
  refused = 0;
  /** Handlers called, and those of them that have not ended. */
  attempts = 0;
  #running = 0;
  readonly #program: Program;
  readonly #byId = new Map<string, Life[]>();

  constructor(program: Program) {
    this.#program = program;
    const { workers, capacity, ageing, timeoutMillis, backoff } = program;
    this.rig = createRig({
      start: false,
      workers,
      capacity,
      ...(ageing === undefined ? {} : { ageing }),
      ...(timeoutMillis === undefined ? {} : { timeoutMillis }),
      backoffMillis: () => backoff,
      onTold: () => this.look(),
    });
  }

  claim(holds: boolean, otherwise: string): void {
    if (!holds) this.wrong.push(otherwise);
  }

  /** The conservation law and the bounds, which hold at every moment. */
  look(): void {
    const { workers, capacity } = this.#program;
    const counts = this.rig.queue.counts();
    const { accepted, completed, abandoned, waiting, delayed, active } = counts;
    const shown = JSON.stringify(counts);
    this.claim(accepted === completed + abandoned + waiting + delayed + active, `does not add up: ${shown}`);
    this.claim(Math.min(...Object.values(counts)) >= 0, `below zero: ${shown}`);
    this.claim(
      active <= workers && this.#running <= workers,
      `${this.#running} handlers run at once: ${shown}`,
    );
    this.claim(waiting + delayed + active <= capacity + workers, `holds more than it may: ${shown}`);
  }

  enqueue(asked: EnqueueStep): void {
    const id = idOf(asked);
    const controller = new AbortController();
    const { priority, delayMillis, maxAttempts } = asked;
    const type = asked.known ? 'work' : 'nobody';
    const job = { type, priority, delayMillis, maxAttempts, signal: controller.signal };
    const result = this.rig.add(id, job, (call) => this.#handle(call));
    if (!result.accepted) {
      this.refused++;
      return;
    }
    const { runnableAt } = result;
    const order = this.lives.length;
    const life = { id, order, runnableAt, asked, controller, attempts: 0, returned: false, cancelled: false };
    this.lives.push(life);
    this.#byId.set(id, [...this.livesOf(id), life]);
  }

  cancel(id: string): void {
    const life = this.#latest(id);
    const live = life !== undefined && this.#isLive(life);
    if (live) life.cancelled = true;
    this.claim(this.rig.queue.cancel(id) === live, `cancel('${id}') was wrong about it`);
  }

  abort(id: string): void {
    const life = this.#latest(id);
    if (life === undefined) return;
    if (this.#isLive(life)) life.cancelled = true;
    life.controller.abort();
  }

  livesOf(id: string): readonly Life[] {
    return this.#byId.get(id) ?? [];
  }

  /** The good and bad ends that were told of an id, in order. */
  ends(id: string): Told[] {
    return this.rig
      .told({ job: id })
      .filter(({ event }) => event === 'job.completed' || event === 'job.abandoned');
  }

  #latest(id: string): Life | undefined {
    return this.livesOf(id).at(-1);
  }

  #isLive(life: Life): boolean {
    return this.ends(life.id).length === this.livesOf(life.id).indexOf(life);
  }

  #handle(call: JobCall): unknown {
    this.attempts++;
    this.#running++;
    this.look();
    const life = this.#latest(call.id);
    if (life === undefined) return this.claim(false, `${call.id} began and was never accepted`);
    life.attempts++;
    this.claim(
      call.attempt === life.attempts,
      `${call.id}: attempt ${call.attempt} is its number ${life.attempts}`,
    );
    this.claim(call.attempt <= life.asked.maxAttempts, `${call.id}: attempt ${call.attempt} is one too many`);
    this.claim(now() >= Math.max(life.runnableAt, call.runnableAt), `${call.id} began before its time`);
    if (life.attempts === 1 && life.asked.nested !== undefined) this.enqueue(life.asked.nested);
    if (life.attempts === 1) this.#checkTurn(life);
    return this.#act(call, life, life.asked.deeds[call.attempt - 1] as Deed);
  }

  /** None that was accepted earlier has to let a job of its priority pass; without ageing none of a lower one either. */
  #checkTurn(life: Life): void {
    for (const other of this.lives) {
      const waits =
        other.attempts === 0 && !other.cancelled && other.runnableAt <= now() && this.#isLive(other);
      if (!waits || other === life || other.asked === life.asked.nested) continue;
      const ahead = other.asked.priority - life.asked.priority;
      this.claim(!(ahead === 0 && other.order < life.order), `${life.id} has passed ${other.id}`);
      this.claim(
        !(ahead > 0 && this.#program.ageing === undefined),
        `${life.id} has passed ${other.id}, which is higher`,
      );
    }
  }

  #act(call: JobCall, life: Life, deed: Deed): unknown {
    if (deed.millis === 0 && deed.kind !== 'hang') {
      this.#running--;
      return this.#finish(call, life, deed);
    }
    const signal = deed.deaf ? undefined : call.signal;
    const millis = deed.kind === 'hang' ? 1e9 : deed.millis;
    const busy = deed.kind === 'hang' && deed.deaf ? hang() : work(millis, signal);
    return busy
      .finally(() => {
        this.#running--;
      })
      .then(() => this.#finish(call, life, deed));
  }

  #finish(call: JobCall, life: Life, deed: Deed): void {
    if (deed.kind === 'throw') throw new RangeError('on purpose');
    if (deed.kind === 'not_retryable') throw new NotRetryable('on purpose');
    if (!call.signal.aborted) life.returned = true;
  }
}

export function idOf({ id }: { readonly id: number }): string {
  return `job-${id}`;
}
