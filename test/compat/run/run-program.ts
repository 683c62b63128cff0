import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How a program ended, and what it printed. */
export interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of Node with no environment but what is given, and ends it where it does not end itself. */
export async function runProgram(
  node: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  deadlineMillis = 300_000,
): Promise<Ended> {
  const child = spawn(node, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const late = setTimeout(() => child.kill('SIGKILL'), deadlineMillis);
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  clearTimeout(late);
  return { code: code ?? signal ?? 'nothing', stdout, stderr };
}
