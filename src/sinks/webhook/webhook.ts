import type { SinkFunction } from '../../delivery/sink-function.js';
import { clockMillis } from '../../delivery/timers.js';
import type { Emission } from '../../emission/emission.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkMillis, checkOneOf, checkSwitch, optionsIn, optionsOf } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import type { BatchFunction } from '../modifiers/batch-function.js';
import { BATCHED_OPTIONS, inBatches } from '../modifiers/batched.js';
import { checkedRetry, RETRY_OPTIONS } from '../modifiers/retry-options.js';
import { checkNoBareSecret } from '../secret-options.js';
import type { Verdict } from './answer.js';
import type { Body, Writer } from './body.js';
import { asFormatted, asLines, asList, asObject, bodyOf } from './body.js';
import { checkedHeaders } from './check-headers.js';
import { checkedUrl } from './check-url.js';
import { Endpoint } from './endpoint.js';
import { inHalves } from './in-halves.js';
import type { Patience } from './tries.js';
import { trySending } from './tries.js';
import type { WebhookOptions } from './webhook-options.js';

const OPTIONS: OptionNames<WebhookOptions> = {
  url: true,
  method: true,
  headers: true,
  batch: true,
  format: true,
  gzip: true,
  timeoutMillis: true,
  deadlineMillis: true,
  retry: true,
};

/** Without `batch` each emission is a batch of its own, which leaves at once. */
const ONE = { size: 1, ageMillis: 1 };

/**
 * A sink that sends emissions to an address by HTTP: one per request, or many with `batch`.
 *
 * - 2xx is delivered. After 408, 429, 5xx or no answer, the sink tries again, with growing waits or those that `Retry-After` asks
 *   for. After 400, 413 or 422, it sends a batch again in halves, until only the emissions are lost that the endpoint does not take.
 *   It does not follow redirects. All other answers fail at once. Lost emissions count as failed.
 * - Each try of a request carries the same `Idempotency-Key`, so that an endpoint that knows the header takes it once.
 * - Its requests make no spans, even if HTTP is instrumented. Connections are kept open between requests; none keeps the process
 *   alive.
 * - Neither the address nor a header appears in an error, in `stats()`, in `describe()` or in a report to `diag`.
 *
 * @param options The address, the content of requests, and their limits.
 * @throws {SignalboxError} If the address is not valid, or an option is out of range.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { webhook } from 'signalbox/sinks';
 *
 * createSignalbox({
 *   destinations: {
 *     hook: webhook({
 *       url: process.env.HOOK_URL ?? 'https://example.com/hook',
 *       headers: { authorization: `Bearer ${process.env.HOOK_TOKEN}` },
 *       batch: { size: 100, ageMillis: 1_000 },
 *       gzip: true,
 *     }),
 *   },
 * });
 * ```
 */
export function webhook(options: WebhookOptions): SinkFunction {
  checkNoBareSecret('webhook: the options are', options, '{ url: … }');
  const given = optionsOf('webhook', options, OPTIONS);
  const { method = 'POST', headers = {}, batch, gzip = false } = given;
  const url = checkedUrl(given.url);
  checkOneOf('webhook', 'method', method, ['POST', 'PUT', 'PATCH']);
  checkSwitch('webhook', 'gzip', gzip);
  const endpoint = new Endpoint(url, method, checkedHeaders(headers));
  const write = writerOf(given);
  const patience = patienceOf(given);

  const send: BatchFunction = (emissions, { signal }) => {
    const until = clockMillis() + patience.deadlineMillis;
    return inHalves(emissions, async (part): Promise<Verdict> => {
      let body: Body;
      try {
        body = await bodyOf(write, part, gzip);
      } catch (error) {
        // Of many emissions, a single one may be what the app's function can not write.
        return { outcome: 'invalid', error: error as Error };
      }
      return trySending(endpoint, body, patience, { until, signal });
    });
  };
  return inBatches(
    'webhook',
    Object.assign(send, { untraced: true, close: () => endpoint.close() }),
    batch === undefined ? ONE : optionsIn('webhook', 'batch', batch, BATCHED_OPTIONS),
  );
}

function writerOf({ batch, format = 'json' }: WebhookOptions): Writer {
  if (typeof format === 'function') {
    if (batch) return asFormatted(format as (emissions: readonly Emission[]) => unknown);
    return asFormatted(([emission]) => (format as (emission: Emission) => unknown)(emission as Emission));
  }
  if (format === 'json') return batch ? asList : asObject;
  if (format === 'lines' && batch) return asLines;
  const formats = batch ? "'json', 'lines'" : "'json', with `batch` also 'lines',";
  throw new SignalboxError(`webhook: \`format\` is ${shown(format)}. Use ${formats} or a function.`);
}

function patienceOf({ timeoutMillis = 10_000, deadlineMillis = 60_000, retry }: WebhookOptions): Patience {
  checkMillis('webhook', 'timeoutMillis', timeoutMillis);
  checkMillis('webhook', 'deadlineMillis', deadlineMillis);
  const tries = retry === undefined ? { attempts: 5 } : optionsIn('webhook', 'retry', retry, RETRY_OPTIONS);
  return { ...checkedRetry('webhook', { delayMillis: 500, ...tries }), timeoutMillis, deadlineMillis };
}
