import type { Answered } from '../../support/otlp-model.js';
import type { Stack } from '../stack/stack.js';
import { askJaeger, readJaeger } from './jaeger.js';
import { askLoki, readLoki } from './loki.js';
import { askPrometheus, readPrometheus } from './prometheus.js';
import type { RunKey } from './run.js';

/** Where the backends of a stack answer. */
export type Backends = Pick<Stack, 'jaeger' | 'loki' | 'prometheus'>;

/** Everything that the backends know of one process, as it was sent; where there is no Loki, no log records are known of. */
export async function readBack(backends: Backends, run: RunKey): Promise<Answered> {
  const [traces, streams, samples] = await Promise.all([
    askJaeger(backends.jaeger, run),
    backends.loki === undefined ? undefined : askLoki(backends.loki, run),
    askPrometheus(backends.prometheus, run),
  ]);
  return { spans: readJaeger(traces), logs: streams && readLoki(streams), series: readPrometheus(samples) };
}
