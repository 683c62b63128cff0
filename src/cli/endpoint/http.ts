import http from 'node:http';
import https from 'node:https';
import type { Answer } from './answer.js';
import { failed, PATIENCE_MILLIS } from './answer.js';

/** An empty but valid OTLP request in both encodings. */
export const EMPTY = {
  'application/x-protobuf': '',
  'application/json': '{}',
} as const;

const BODY_LENGTH = 500;

/** Posts an empty OTLP request. Never rejects. */
export function post(url: URL, type: keyof typeof EMPTY): Promise<Answer> {
  return new Promise((resolve) => {
    const { request } = url.protocol === 'https:' ? https : http;
    const body = EMPTY[type];
    const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
    let soFar = (): Answer => ({
      code: 'ETIMEDOUT',
      message: `no answer within ${PATIENCE_MILLIS / 1000} s`,
    });
    const settle = (answer: Answer): void => {
      clearTimeout(patience);
      resolve(answer);
      asked.destroy();
    };
    // An answer that never ends counts with the part that has arrived.
    const patience = setTimeout(() => settle(soFar()), PATIENCE_MILLIS);
    const asked = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = '';
      soFar = () => {
        const { location } = response.headers;
        const status = response.statusCode ?? 0;
        return { status, body: text.slice(0, BODY_LENGTH), ...(location ? { location } : {}) };
      };
      const end = (): void => settle(soFar());
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length >= BODY_LENGTH) end();
      });
      response.on('end', end);
      response.on('error', end);
    });
    asked.on('error', (error) => settle(failed(error)));
    asked.end(body);
  });
}
