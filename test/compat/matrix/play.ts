import type { OtlpEndpoint } from '../../support/otlp-endpoint.js';
import { startOtlpEndpoint } from '../../support/otlp-endpoint.js';
import type { Arrived } from '../judge/as-sdk.js';
import { asSdk } from '../judge/as-sdk.js';
import { nodeOf } from '../run/install.js';
import { appsOn } from '../run/places.js';
import { runProgram } from '../run/run-program.js';
import type { Cell } from './cells.js';

/** What a box said of itself after a round of the scenario, from all of its life or since the round before. */
export interface Round {
  readonly returned: string;
  readonly emissions: readonly object[];
  readonly problems: readonly string[];
  readonly stats: object;
}

/** What became of the app of a cell. */
export interface Played {
  /** What it printed in the end; undefined where it did not get there. */
  readonly told:
    | { readonly version: string; readonly rounds: readonly Round[]; readonly shutdown: object }
    | undefined;
  /** What arrived from the first SDK, and from the second. */
  readonly arrived: readonly Arrived[];
  /** What must not be: an exit code, a line on stderr, a request that is no OTLP. */
  readonly wrong: readonly string[];
}

/** Runs the app of a cell against endpoints of its own. */
export async function play(cell: Cell): Promise<Played> {
  const endpoints = await Promise.all([startOtlpEndpoint(), startOtlpEndpoint()]);
  try {
    const cwd = appsOn(cell.line);
    const { args, env } = commandOf(cell, endpoints);
    const { code, stdout, stderr } = await runProgram(nodeOf(cell.node), args, cwd, env);
    return {
      told: code === 0 ? (JSON.parse(stdout) as Played['told']) : undefined,
      arrived: endpoints.map(({ requests }) => asSdk(requests)),
      wrong: [
        ...(code === 0 ? [] : [`it ended with ${code}`]),
        ...(stderr === '' ? [] : [`stderr: ${stderr.trim()}`]),
        ...endpoints.flatMap(({ complaints }) => complaints),
      ],
    };
  } finally {
    await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  }
}

const REGISTER = '@opentelemetry/auto-instrumentations-node/register';

function commandOf(
  cell: Cell,
  [first, second]: readonly OtlpEndpoint[],
): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const { line, format, sdk, start } = cell;
  const preloaded = start === 'register' && sdk !== 'after';
  const preload = [format === 'esm' ? '--import' : '--require', REGISTER];
  return {
    args: [...(preloaded ? preload : []), 'app/app.mjs', JSON.stringify({ ...cell, preloaded })],
    env: {
      COMPAT_LINE: line,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_ENDPOINT: first?.url ?? '',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      // No look for a cloud that this may run in.
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      SECOND_ENDPOINT: second?.url ?? '',
      ...(start === 'configuration-file' ? { OTEL_CONFIG_FILE: 'app/otel.yaml' } : {}),
      ...(sdk === 'never' && start === 'configuration-file' ? { DISABLED: 'true' } : {}),
      ...(sdk === 'never' && start === 'register' ? { OTEL_SDK_DISABLED: 'true' } : {}),
    },
  };
}
