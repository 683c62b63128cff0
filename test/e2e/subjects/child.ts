import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { repository } from '../stack/compose-file.js';

/** A Node process that has been started, to be awaited. */
export interface Child {
  /** Its standard output when it ended with code 0. Rejects with its last words otherwise, also when it took too long. */
  readonly ended: Promise<string>;
  /** Asks it to end, as Ctrl-C does. */
  stop(): void;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs a TypeScript file of this repository by Node and tsx, with this environment added. */
export function startNode(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  withinMillis: number,
): Child {
  // What the terminal's own environment says of telemetry is for other programs.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'));
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: repository,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: withinMillis,
    killSignal: 'SIGKILL',
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    running.delete(child);
    if (code === 0) return output.stdout;
    const last = `${output.stdout}\n${output.stderr}`.trim().split('\n').slice(-20).join('\n');
    throw new Error(`node ${args.join(' ')} ended with ${String(code ?? signal)}:\n${last}`);
  });
  // Awaited later, or never when something else failed first.
  ended.catch(() => undefined);
  return { ended, stop: () => void child.kill('SIGINT') };
}
