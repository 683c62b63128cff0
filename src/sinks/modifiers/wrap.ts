import type { SinkFunction } from '../../delivery/sink.js';

/** Makes `fn` a sink that closes the sinks it wraps. All are closed, then the first failure is thrown. */
export function wrap(fn: SinkFunction, ...inner: readonly SinkFunction[]): SinkFunction {
  const closing = inner.filter((one) => typeof one.close === 'function');
  if (closing.length === 0) return fn;
  return Object.assign(fn, {
    close: async (): Promise<void> => {
      const results = await Promise.allSettled(closing.map(async (one) => one.close?.()));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    },
  });
}
