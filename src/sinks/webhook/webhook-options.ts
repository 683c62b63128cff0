import type { Emission } from '../../emission/emission.js';
import type { BatchedOptions } from '../modifiers/batched.js';
import type { RetryOptions } from '../modifiers/retry-options.js';

interface Common {
  /** Where the emissions go: an http or https address. No message shows it. */
  readonly url: string | URL;
  /** Default `'POST'`. */
  readonly method?: 'POST' | 'PUT' | 'PATCH' | undefined;
  /** Headers of each request, as `authorization`. No message shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether bodies are compressed (`content-encoding: gzip`). The endpoint must understand that. Default `false`. */
  readonly gzip?: boolean | undefined;
  /** The time limit of each try in milliseconds, from the lookup of the address to the answer's status. Default 10,000. */
  readonly timeoutMillis?: number | undefined;
  /**
   * The time limit of a batch with all its tries and waits, in milliseconds. If the endpoint asks to wait longer (`Retry-After`), the
   * batch is given up at once. Default 60,000.
   */
  readonly deadlineMillis?: number | undefined;
  /**
   * How often a request is tried, and the waits between. Default: 5 times, with 500 ms after the first failure. If the endpoint asks
   * for a longer wait, the sink waits that long. `{ attempts: 1 }` tries once.
   */
  readonly retry?: RetryOptions | undefined;
}

/** Options of {@link webhook} for one emission per request. */
export interface WebhookOneByOne extends Common {
  readonly batch?: undefined;
  /**
   * The content of a request. `'json'`: the object that {@link jsonLine} writes. A function returns a text, or a value that is sent
   * as JSON. Default `'json'`.
   */
  readonly format?: 'json' | ((emission: Emission) => unknown) | undefined;
}

/** Options of {@link webhook} for many emissions per request. */
export interface WebhookBatches extends Common {
  /** When a batch leaves, as with {@link batched}. */
  readonly batch: BatchedOptions;
  /**
   * The content of a request. `'json'`: a list of the objects that {@link jsonLine} writes. `'lines'`: those objects line by line. A
   * function returns a text, or a value that is sent as JSON. Default `'json'`.
   */
  readonly format?: 'json' | 'lines' | ((emissions: readonly Emission[]) => unknown) | undefined;
}

/** Options of {@link webhook}. */
export type WebhookOptions = WebhookOneByOne | WebhookBatches;
