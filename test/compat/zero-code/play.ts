import { startOtlpEndpoint } from '../../support/otlp-endpoint.js';
import type { Received } from '../../support/otlp-model.js';
import { readOtlp } from '../../support/otlp-model.js';
import { nodeOf } from '../run/install.js';
import { appsOn } from '../run/places.js';
import { runProgram } from '../run/run-program.js';
import type { ZeroCodeCell } from './cells.js';
import { preloads } from './cells.js';

/** What became of an app. */
export interface ZeroCodePlayed {
  readonly received: Received;
  /** `describe().problems` of its box, where it is at hand. */
  readonly problems: readonly string[] | undefined;
  /** What must not be: an exit code, a line on stderr, a request that is no OTLP. */
  readonly wrong: readonly string[];
}

/** Runs an app against an endpoint of its own. */
export async function playZeroCode(cell: ZeroCodeCell, redis: string): Promise<ZeroCodePlayed> {
  const { engine, way, node, format } = cell;
  const endpoint = await startOtlpEndpoint();
  try {
    const file = `zero-code/${engine}.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const { code, stdout, stderr } = await runProgram(nodeOf(node), [...preloads(cell), file], appsOn('3'), {
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      REDIS: redis,
      QUEUE: `mail-${way}-${node}-${format}`,
    });
    return {
      received: readOtlp(endpoint.requests),
      problems: code === 0 ? (JSON.parse(stdout) as Pick<ZeroCodePlayed, 'problems'>).problems : undefined,
      wrong: [
        ...(code === 0 ? [] : [`it ended with ${code}`]),
        ...(stderr === '' ? [] : [`stderr: ${stderr.trim()}`]),
        ...endpoint.complaints,
      ],
    };
  } finally {
    await endpoint.close();
  }
}
