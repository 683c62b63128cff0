import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { OtlpKind } from '../../support/otlp-endpoint.js';
import type { OtlpBody } from '../../support/otlp-json.js';
import { requests } from './otlp-messages.js';
import { readMessage } from './protobuf.js';

export const PROTOBUF = 'application/x-protobuf';

/** A request of OTLP over HTTP, as its JSON has it. */
export interface TakenRequest {
  readonly kind: OtlpKind;
  readonly body: OtlpBody;
}

/** Reads a request of OTLP by protobuf over HTTP. Rejects with a sentence where it is none. */
export async function readRequest(request: IncomingMessage): Promise<TakenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method, url = '', headers } = request;
  const kind = /\/v1\/(traces|logs|metrics)$/.exec(url)?.[1] as OtlpKind | undefined;
  if (method !== 'POST' || kind === undefined || headers['content-type'] !== PROTOBUF)
    throw new Error(`${method} ${url} as ${headers['content-type']}`);
  const bytes = unzipped(Buffer.concat(chunks), headers['content-encoding']);
  return { kind, body: readMessage(requests[kind], bytes, kind) as OtlpBody };
}

function unzipped(raw: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined) return raw;
  if (encoding !== 'gzip') throw new Error(`the content encoding ${encoding}`);
  try {
    return gunzipSync(raw);
  } catch {
    throw new Error('a content that is not zipped as it is said to be');
  }
}
