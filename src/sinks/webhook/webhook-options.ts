import type { Emission } from '../../emission/emission.js';
import type { BatchedOptions } from '../modifiers/batched.js';
import type { RetryOptions } from '../modifiers/retry-options.js';

interface Common {
  /** Where the emissions go: an http or https address. It is told nowhere. */
  readonly url: string | URL;
  /** Default `'POST'`. */
  readonly method?: 'POST' | 'PUT' | 'PATCH' | undefined;
  /** Headers of each request, as `authorization`. They are told nowhere. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether bodies are compressed (`content-encoding: gzip`), which the endpoint has to understand. Default `false`. */
  readonly gzip?: boolean | undefined;
  /** The time limit of each try in milliseconds, from the search for the address to the answer's status. Default 10,000. */
  readonly timeoutMillis?: number | undefined;
  /**
   * The time limit of a batch with all its tries and waits, in milliseconds. Where the endpoint asks to wait longer (`Retry-After`), the
   * batch is given up at once. Default 60,000.
   */
  readonly deadlineMillis?: number | undefined;
  /**
   * How often a request is tried, and the waits between: 5 times, with 500 ms after the first failure, by default. Where the endpoint
   * asks for a longer wait, that is waited. `{ attempts: 1 }` tries once.
   */
  readonly retry?: RetryOptions | undefined;
}

/** One emission a request: options of {@link webhook}. */
export interface WebhookOneByOne extends Common {
  readonly batch?: undefined;
  /**
   * What a request says: `'json'` is the object that {@link jsonLine} writes; a function gives a text, or what is sent as JSON. Default
   * `'json'`.
   */
  readonly format?: 'json' | ((emission: Emission) => unknown) | undefined;
}

/** Many emissions a request: options of {@link webhook}. */
export interface WebhookBatches extends Common {
  /** When a batch leaves, as {@link batched} has it. */
  readonly batch: BatchedOptions;
  /**
   * What a request says: `'json'` is a list of the objects that {@link jsonLine} writes, `'lines'` those objects line by line; a function
   * gives a text, or what is sent as JSON. Default `'json'`.
   */
  readonly format?: 'json' | 'lines' | ((emissions: readonly Emission[]) => unknown) | undefined;
}

/** Options of {@link webhook}. */
export type WebhookOptions = WebhookOneByOne | WebhookBatches;
