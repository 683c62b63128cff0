import type { SpanContext } from '@opentelemetry/api';
import type { Carrier } from '../../jobs/carrier.js';
import { CarrierSpan } from './carrier-span.js';

/** The statements by which pg-boss settles the jobs of a handler call. */
export type SettleOperation = 'complete' | 'fail';

/** The result of one of them: pg-boss's answer, as far as it can be read, or what was thrown. */
export type SettleOutcome = { readonly answer: unknown } | { readonly error: unknown };

/** A handler call that hears how pg-boss settles its jobs. */
export interface SettledCall {
  /** `outcome` is undefined if nothing was heard. */
  settled(operation: SettleOperation, outcome: SettleOutcome | undefined): void;
  /** pg-boss is done with the call: it settles nothing more of it. */
  over(): void;
}

/** The span that pg-boss gets for a handler call. */
export class ProcessSpan extends CarrierSpan {
  /** The call that hears how its jobs are settled. */
  call: SettledCall | undefined;

  constructor(context: SpanContext | undefined, received: readonly Carrier[]) {
    super(context, undefined, received);
  }

  override end(): void {
    this.call?.over();
  }
}

/** The span that pg-boss gets for a statement that settles the jobs of a handler call. */
export class SettleSpan extends CarrierSpan {
  readonly #operation: SettleOperation;
  readonly #call: SettledCall;
  #outcome: SettleOutcome | undefined;

  constructor(context: SpanContext | undefined, operation: SettleOperation, call: SettledCall) {
    super(context);
    this.#operation = operation;
    this.#call = call;
  }

  /** Only the first answer counts: it says which jobs the statement settled. */
  answered(answer: unknown): void {
    this.#outcome ??= { answer };
  }

  override setStatus(): this {
    // pg-boss sets a status only for an error. If it recorded no exception, nothing more is known of it.
    if (!this.#outcome || 'answer' in this.#outcome)
      this.#outcome = { error: new Error('pg-boss could not settle it') };
    return this;
  }
  override recordException(error: unknown): void {
    this.#outcome = { error };
  }
  override end(): void {
    this.#call.settled(this.#operation, this.#outcome);
  }
}
