import type { Agent, ClientRequest, RequestOptions } from 'node:http';
import { clockMillis } from '../../delivery/timers.js';
import type { Answer } from './answer.js';
import { exchange, StaleConnection } from './exchange.js';

type Http = {
  readonly Agent: new (options: { readonly keepAlive: boolean }) => Agent;
  readonly request: (url: URL, options: RequestOptions) => ClientRequest;
};

/** The longest rest. An endpoint that asks for more may have meant something else. */
const LONGEST_REST = 86_400_000;

/** The address that a webhook sends to, and the connections to it that are kept open. */
export class Endpoint {
  readonly #url: URL;
  readonly #method: string;
  readonly #headers: Readonly<Record<string, string>>;
  #http: Http | undefined;
  #agent: Agent | undefined;
  /** By the clock that is never set. */
  #restsUntil = 0;

  constructor(url: URL, method: string, headers: Readonly<Record<string, string>>) {
    this.#url = url;
    this.#method = method;
    this.#headers = headers;
  }

  /** Sends one request. Rejects if there is no answer. */
  async send(
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    timeoutMillis: number,
    signal: AbortSignal,
  ): Promise<Answer> {
    // Loaded with the first request: most apps that import the sinks send none.
    this.#http ??= (await (this.#url.protocol === 'https:'
      ? import('node:https')
      : import('node:http'))) as Http;
    this.#agent ??= new this.#http.Agent({ keepAlive: true });
    for (;;) {
      const request = this.#http.request(this.#url, {
        method: this.#method,
        agent: this.#agent,
        headers: { ...headers, ...this.#headers, 'content-length': body.length },
      });
      try {
        return await exchange(request, body, timeoutMillis, signal);
      } catch (error) {
        // Each try removes one such connection, so the loop ends with a new one.
        if (!(error instanceof StaleConnection)) throw error;
      }
    }
  }

  /** Milliseconds for which the endpoint, in its last answer, asked not to be sent anything. 0 if that is over. */
  get restMillis(): number {
    return Math.max(0, this.#restsUntil - clockMillis());
  }

  /** Notes the rest that the last answer asked for. */
  rest(millis: number): void {
    this.#restsUntil = clockMillis() + Math.min(millis, LONGEST_REST);
  }

  /** Closes the connections that carry no request. */
  close(): void {
    const { freeSockets = {} } = this.#agent ?? {};
    for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}
