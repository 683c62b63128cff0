import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { oldestGo } from './versions.js';

const STEP_MILLIS = 20 * 60_000;
const KEPT_CHARACTERS = 4000;

const HOW = `Install Go ${oldestGo} or newer (https://go.dev/dl/), or put the programs where SIGNALBOX_PROGRAMS points.`;

/** Runs the Go client and programs that it built, each bounded in time. */
export interface Go {
  run(directory: string, command: string, args: readonly string[], env?: Environment): Promise<string>;
}

type Environment = Readonly<Record<string, string>>;

/** Finds Go and checks its version. Rejects with what to install. */
export async function findGo(): Promise<Go> {
  // The toolchain that is installed: a build must not fetch another one by itself.
  const base = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', GOWORK: 'off' };
  const go: Go = {
    run: (directory, command, args, env = {}) => run(command, args, directory, { ...base, ...env }),
  };
  let version: string;
  try {
    version = (await go.run('.', 'go', ['env', 'GOVERSION'])).trim();
  } catch (error) {
    throw new Error(
      `Go is needed to build the collector, Jaeger and Prometheus, and \`go\` can not be run (${firstLine(error)}). ${HOW}`,
    );
  }
  if (isOlder(version.replace(/^go/, ''), oldestGo))
    throw new Error(`Go is needed in version ${oldestGo} or newer, and \`go\` is ${version}. ${HOW}`);
  return go;
}

/** Whether a version such as `1.25.4` comes before another. A development version counts as new enough. */
export function isOlder(version: string, than: string): boolean {
  const [have, want] = [numbers(version), numbers(than)];
  for (let i = 0; i < want.length; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (Number.isNaN(difference)) return false;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  // Not spawn's own `timeout`: where there is no such program its timer would keep this process.
  const limit = AbortSignal.timeout(STEP_MILLIS);
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], signal: limit });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = (err + text).slice(-KEPT_CHARACTERS);
  });
  const [code, signal] = await once(child, 'close').catch((error: unknown): unknown[] => {
    if (limit.aborted) return [null, 'SIGTERM'];
    throw error;
  });
  if (code === 0) return out;
  const why = limit.aborted ? `was ended (a step may take ${STEP_MILLIS / 60_000} minutes)` : `failed`;
  throw new Error(
    `\`${command} ${args.join(' ')}\` ${why} (${String(code ?? signal)}):\n${err || out.slice(-KEPT_CHARACTERS)}`,
  );
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
