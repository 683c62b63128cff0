import http from 'node:http';
import https from 'node:https';
import type { Answer } from './answer.js';
import { failed, PATIENCE_MILLIS } from './answer.js';

/** An empty request, in either form: valid OTLP that holds nothing. */
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
    const asked = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        if (text.length < BODY_LENGTH) text += part;
      });
      const end = (): void => {
        const { location } = response.headers;
        const status = response.statusCode ?? 0;
        resolve({ status, body: text.slice(0, BODY_LENGTH), ...(location ? { location } : {}) });
      };
      response.on('end', end);
      response.on('error', end);
    });
    asked.setTimeout(PATIENCE_MILLIS, () => {
      resolve({ code: 'ETIMEDOUT', message: `no answer within ${PATIENCE_MILLIS / 1000} s` });
      asked.destroy();
    });
    asked.on('error', (error) => resolve(failed(error)));
    asked.end(body);
  });
}
