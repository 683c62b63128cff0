import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it came. */
export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The connection that it came on, by number. */
  readonly connection: number;
}

/** A status, with headers; or what is done with a request once it is read. */
export type Reply =
  | number
  | readonly [status: number, headers: Record<string, string>]
  | ((response: ServerResponse, request: IncomingMessage) => void);

/** A real HTTP server on loopback. It answers the replies in turn, the last one for ever, and ends with the test. */
export class HttpEndpoint {
  readonly received: Received[] = [];
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  readonly #replies: Reply[];
  /** Answers that have been sent. */
  ended = 0;

  static async listening(...replies: Reply[]): Promise<HttpEndpoint> {
    const endpoint = new HttpEndpoint(replies);
    endpoint.#server.listen(0, '127.0.0.1');
    await once(endpoint.#server, 'listening');
    onTestFinished(() => endpoint.close());
    return endpoint;
  }

  private constructor(replies: Reply[]) {
    this.#replies = replies;
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of request) chunks.push(chunk as Buffer);
      } catch {
        return;
      }
      const { method, url: path, headers, socket } = request;
      this.received.push({
        method,
        path,
        headers,
        body: Buffer.concat(chunks),
        connection: this.#sockets.indexOf(socket),
      });
      response.on('finish', () => this.ended++);
      const reply = this.#replies.length > 1 ? this.#replies.shift() : this.#replies[0];
      if (typeof reply === 'function') reply(response, request);
      else if (typeof reply === 'object')
        response.writeHead(...(reply as [number, Record<string, string>])).end();
      else response.writeHead(reply ?? 200).end();
    });
    this.#server.on('connection', (socket) => {
      socket.on('error', () => {});
      this.#sockets.push(socket);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks/s3cret?key=s3cret`;
  }

  /** The bodies that came, as text. */
  get texts(): string[] {
    return this.received.map(({ body }) => body.toString());
  }

  /** Connections that are open. */
  get open(): number {
    return this.#sockets.filter(({ destroyed }) => !destroyed).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Waits until something holds, for as long as the test may take. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setImmediate(done));
}
