import { ownError } from '../../delivery/own-error.js';
import { promiseOf } from '../../delivery/sink-answer.js';
import { Call } from '../../delivery/sink-call.js';
import type { SinkCall, SinkResult } from '../../delivery/sink-function.js';
import type { Emission } from '../../emission/emission.js';
import type { BatchFunction, BatchOutcome } from './batch-function.js';
import { isFailed } from './batch-function.js';

interface Given {
  readonly emission: Emission;
  readonly call: SinkCall;
  readonly resolve: (outcome: SinkResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Emissions that go to a function together, and who waits for what becomes of each. */
export class Batch {
  readonly #given: Given[] = [];
  #bytes = 0;
  #ripen: () => void = () => {};
  /** Settles when the batch is to leave. */
  readonly ripe: Promise<void> = new Promise((resolve) => {
    this.#ripen = resolve;
  });

  get size(): number {
    return this.#given.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(emission: Emission, call: SinkCall, bytes: number): Promise<SinkResult> {
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      this.#given.push({ emission, call, resolve, reject });
    });
  }

  leave(): void {
    this.#ripen();
  }

  /** Gives the function all that is still waited for, and each its outcome. Never rejects. */
  async send(fn: BatchFunction): Promise<void> {
    const given = this.#given.filter(isAwaited);
    const last = given.at(-1);
    if (!last) return;
    const emissions = Object.freeze(given.map(({ emission }) => emission));
    try {
      // Who is given last waits longest: whatever limits calls limits all of them alike.
      const answer: unknown = await promiseOf(fn(emissions, last.call));
      tell(given, answer);
    } catch (error) {
      for (const { reject } of given) reject(error);
    }
  }
}

// What is counted already, by a time limit or the shutdown, would else be sent for nobody, and sent twice where it was retried.
function isAwaited({ call, reject }: Given): boolean {
  // Of each emission one, and signals are dear: those that nobody has read are not made for this.
  const over = call instanceof Call ? call.aborted : abortOf(call.signal);
  if (over) reject(over.reason);
  return !over;
}

function abortOf({ aborted, reason }: AbortSignal): { readonly reason: unknown } | undefined {
  return aborted ? { reason } : undefined;
}

function tell(given: readonly Given[], answer: unknown): void {
  if (!Array.isArray(answer)) {
    for (const { resolve } of given) resolve(answer as SinkResult);
    return;
  }
  if (answer.length !== given.length)
    throw ownError(
      `batched: the function answered ${answer.length} outcomes for ${given.length} emissions. Give one for each, in order, or one for all.`,
    );
  for (const [i, { resolve, reject }] of given.entries()) {
    const outcome = answer[i] as BatchOutcome;
    if (isFailed(outcome)) reject(outcome.failed);
    else resolve(outcome);
  }
}
