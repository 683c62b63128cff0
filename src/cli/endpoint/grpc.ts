import http2 from 'node:http2';
import type { Answer } from './answer.js';
import { failed, PATIENCE_MILLIS } from './answer.js';

/** The gRPC frame of an empty message. */
const EMPTY = Buffer.alloc(5);

/** Makes an empty export call of OTLP/gRPC. Never rejects. */
export function call(url: URL, service: string): Promise<Answer> {
  return new Promise((resolve) => {
    const session = http2.connect(url.origin);
    const settle = (answer: Answer): void => {
      clearTimeout(patience);
      resolve(answer);
      session.destroy();
    };
    const patience = setTimeout(
      () => settle({ code: 'ETIMEDOUT', message: `no answer within ${PATIENCE_MILLIS / 1000} s` }),
      PATIENCE_MILLIS,
    );
    session.on('error', (error) => settle(failed(error)));
    session.on('close', () => settle({ message: 'the connection was closed', code: 'ECONNRESET' }));
    const stream = session.request({
      ':method': 'POST',
      ':path': `/${service}/Export`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let answer: Answer = {};
    const take = (headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader): void => {
      const grpc = headers['grpc-status'];
      answer = {
        ...answer,
        ...(headers[':status'] === undefined ? {} : { status: headers[':status'] }),
        ...(grpc === undefined ? {} : { grpcStatus: Number(grpc) }),
        ...(typeof headers['grpc-message'] === 'string' ? { body: headers['grpc-message'] } : {}),
      };
    };
    stream.on('response', take);
    stream.on('trailers', take);
    // If the session fails, the stream gets its error event first, with the session's error as the cause.
    stream.on('error', (error) => settle(failed(error.cause ?? error)));
    stream.on('data', () => undefined);
    stream.on('close', () => settle(answer));
    stream.end(EMPTY);
  });
}
