import type { Received } from '../../support/otlp-model.js';
import type { Stack } from '../stack/stack.js';
import { askJaeger, readJaeger } from './jaeger.js';
import { askPrometheus, readPrometheus } from './prometheus.js';
import type { RunKey } from './run.js';

/** Where the backends of a stack answer. */
export type Backends = Pick<Stack, 'jaeger' | 'loki' | 'prometheus' | 'records'>;

/** Everything that the backends know of one process, as it was sent. */
export async function readBack(backends: Backends, run: RunKey): Promise<Received> {
  const [traces, logs, samples] = await Promise.all([
    askJaeger(backends.jaeger, run),
    backends.records(run),
    askPrometheus(backends.prometheus, run),
  ]);
  return { spans: readJaeger(traces), logs, series: readPrometheus(samples) };
}
