import type { IncomingHttpHeaders } from 'node:http';

/** One request of a distribution, unzipped. */
export interface TakenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}
