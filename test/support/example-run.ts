import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledExample } from './example-bundle.js';
import type { LedgerJob } from './ledger-reader.js';
import { readLedger } from './ledger-reader.js';
import type { OtlpEndpoint } from './otlp-endpoint.js';
import { startOtlpEndpoint } from './otlp-endpoint.js';

/** The example as a child process that has ended. */
export interface ExampleRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The files that it was told to write, as text. */
  readonly files: { readonly ledger: string; readonly stats: string; readonly audit: string };
}

export interface ExampleOptions {
  /** Called with what it printed so far and the process, each time that it prints. */
  readonly onOutput?: (stdout: string, child: ChildProcess) => void;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the example with these flags, and with files of its own for ledger, stats and audit. */
export async function runExample(
  flags: readonly string[],
  options: ExampleOptions = {},
): Promise<ExampleRun> {
  const folder = mkdtempSync(join(tmpdir(), 'job-queue-test-'));
  const file = (name: string): string => join(folder, name);
  try {
    const args = [...(await program(flags)), ...flags];
    args.push('--ledger', file('ledger'), '--stats', file('stats'), '--audit', file('audit'));
    const { OTEL_EXPORTER_OTLP_ENDPOINT: _, ...env } = process.env;
    const child = spawn(process.execPath, args, {
      env: { ...env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
        if (stream === 'stdout') options.onOutput?.(output.stdout, child);
      });
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return {
      code,
      ...output,
      files: { ledger: text(file('ledger')), stats: text(file('stats')), audit: text(file('audit')) },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// With an engine the example starts files of its own, by where they are in the sources.
async function program(flags: readonly string[]): Promise<readonly string[]> {
  if (flags.includes('--engine')) return ['--import', 'tsx', 'examples/job-queue/main.ts'];
  return [await bundledExample()];
}

/** A run against an endpoint of its own, closed when the run has ended. */
export interface ExportedRun extends ExampleRun {
  readonly endpoint: OtlpEndpoint;
  readonly ledger: readonly LedgerJob[];
}

/** As {@link runExample}, its telemetry sent to an endpoint. */
export async function runExported(
  flags: readonly string[],
  options: ExampleOptions = {},
): Promise<ExportedRun> {
  const endpoint = await startOtlpEndpoint();
  try {
    const run = await runExample([...flags, '--otlp', endpoint.url], options);
    return { ...run, endpoint, ledger: readLedger(run.files.ledger) };
  } finally {
    await endpoint.close();
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
