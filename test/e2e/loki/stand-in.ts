import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { faultsOfLogs } from '../receive/log-faults.js';
import { PROTOBUF, readRequest } from '../receive/otlp-request.js';
import { overLimits } from './limits.js';
import { LineWriter } from './line-file.js';
import { entryOf } from './naming.js';
import { answer } from './query-api.js';
import type { RecordedLog } from './recorded-log.js';
import { recordsOf } from './recorded-log.js';
import { refusalStatus } from './status.js';
import { Store } from './store.js';

/** The files that the stand-in writes, within its folder. */
export const FILES = { records: 'records.jsonl', refusals: 'refusals.jsonl' } as const;

const PUSH = '/otlp/v1/logs';
const TOLD = 5;

export interface StandInOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Where its files lie. */
  readonly directory: string;
  /** Attributes of the resource that are index labels. */
  readonly indexLabels: readonly string[];
  /** For so long after its start it says that it is not ready, as Loki does while its parts look for each other. Default: 0. */
  readonly unreadyMillis?: number;
}

/**
 * What stands at Loki's address where Loki is not run: it takes log records by OTLP, strictly, and answers queries of them. What it took
 * is in its file of records before the sender hears of it; what it refused is in its file of refusals.
 */
export async function startStandIn(options: StandInOptions): Promise<Server> {
  const { host, port, directory, indexLabels, unreadyMillis = 0 } = options;
  const records = new LineWriter<RecordedLog>(join(directory, FILES.records));
  const refusals = new LineWriter<string>(join(directory, FILES.refusals));
  const readyAt = performance.now() + unreadyMillis;
  const store = new Store();
  store.add(records.found.map((record) => entryOf(record, indexLabels)));

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { body } = await readRequest(request);
    const faults = faultsOfLogs(body);
    if (faults.length > 0) throw new Error(told(faults));
    const taken = recordsOf(body);
    const entries = taken.map((record) => entryOf(record, indexLabels));
    const refused = entries.flatMap((entry) => overLimits(entry, Date.now()));
    if (refused.length > 0) throw new Error(told(refused));
    records.append(taken);
    store.add(entries);
    response.writeHead(200, { 'content-type': PROTOBUF }).end();
  }

  function ask(url: URL, response: ServerResponse): void {
    const found = answer(url.pathname, url.searchParams, store.entries, Date.now());
    if (found === undefined) response.writeHead(404).end(`nothing is at ${url.pathname}`);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://loki');
    const isPush = url.pathname === PUSH;
    if (isPush && performance.now() < readyAt) {
      request.resume();
      response.writeHead(503).end();
    } else if (url.pathname === '/ready') {
      response.writeHead(performance.now() < readyAt ? 503 : 200).end();
    } else if (isPush || request.method !== 'GET') {
      take(request, response).catch((error: unknown) => {
        const sentence = words(error);
        refusals.append([sentence]);
        response.writeHead(400, { 'content-type': PROTOBUF }).end(refusalStatus(sentence));
      });
    } else {
      try {
        ask(url, response);
      } catch (error) {
        response.writeHead(400).end(words(error));
      }
    }
  });
  // An idle connection that is closed under the collector's hands would be a fault of this server.
  server.keepAliveTimeout = 60_000;
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

function told(faults: readonly string[]): string {
  const more = faults.length > TOLD ? [`and ${faults.length - TOLD} more`] : [];
  return [...faults.slice(0, TOLD), ...more].join('; ');
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
