import type { ClientRequest, IncomingMessage } from 'node:http';
import { ownError } from '../../delivery/own-error.js';
import { idleTimer } from '../unref-timer.js';
import type { Answer } from './answer.js';

/** Maximum number of bytes of an answer's body that are read, so that its connection can be used again. */
const BODY_BYTES = 64 * 1024;
/** Maximum milliseconds for which they are read. */
const BODY_MILLIS = 1_000;

const CODE = /^\w{1,64}$/;

/** The other end closed a connection that was kept open, most likely before it got the request. */
export class StaleConnection extends Error {}

/**
 * Sends a request's body and waits for the answer. The status decides as soon as it is there: a body that breaks off, is large or
 * never ends is dropped with its connection. Neither keeps the process alive. Rejects with the signal's reason if it aborts.
 */
export function exchange(
  request: ClientRequest,
  body: Buffer,
  timeoutMillis: number,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let answer: Answer | undefined;
    const end = (error?: unknown): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (answer) resolve(answer);
      else reject(error);
    };
    const stop = (reason: unknown): void => {
      end(reason);
      request.destroy();
    };
    const onAbort = (): void => stop(signal.reason);
    let timer = idleTimer(
      () => stop(ownError(`the endpoint did not answer within ${timeoutMillis} ms`, 'TimeoutError')),
      timeoutMillis,
    );
    // This listener stays to the end: an error without a listener would end the process.
    request.on('error', (error) => end(troubleOf(error, request.reusedSocket)));
    request.on('close', () => end(ownError('the endpoint closed the connection without an answer')));
    request.on('socket', (socket) => socket.unref());
    request.on('response', (response) => {
      answer = answerOf(response);
      clearTimeout(timer);
      timer = idleTimer(() => response.destroy(), BODY_MILLIS);
      drain(response);
      response.on('close', () => end());
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
    request.end(body);
  });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): Answer {
  return { status: statusCode, retryAfter: headers['retry-after'], date: headers.date };
}

function drain(response: IncomingMessage): void {
  let left = BODY_BYTES;
  response.on('error', () => {});
  response.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) response.destroy();
  });
}

// The error's text contains the address, so only its code is kept.
function troubleOf(error: unknown, isReused: boolean): Error {
  const { code } = error as { readonly code?: unknown };
  if (isReused && (code === 'ECONNRESET' || code === 'EPIPE')) return new StaleConnection();
  const known = typeof code === 'string' && CODE.test(code) ? ` (${code})` : '';
  return ownError(`the endpoint could not be reached${known}`);
}
