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

/** Emissions that go to a function together, and the senders that wait for the outcome of each. */
export class Batch {
  readonly #given: Given[] = [];
  #bytes = 0;
  #ripen: () => void = () => {};
  /** Settles when the batch must leave. */
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

  /** Gives the function all emissions that somebody still waits for, and each its outcome. Never rejects. */
  async send(fn: BatchFunction): Promise<void> {
    const given = this.#given.filter(isAwaited);
    const last = given.at(-1);
    if (!last) return;
    const emissions = Object.freeze(given.map(({ emission }) => emission));
    try {
      // The sender of the last emission waits longest, and a limit on calls limits all of them alike.
      const answer: unknown = await promiseOf(fn(emissions, last.call));
      tell(given, answer);
    } catch (error) {
      for (const { reject } of given) reject(error);
    }
  }
}

// A time limit or the shutdown may have counted an emission already. It would be sent for nobody and, after a retry, twice.
function isAwaited({ call, reject }: Given): boolean {
  // There is a call for each emission, and signals are expensive. A signal that nobody has read is not made for this.
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
