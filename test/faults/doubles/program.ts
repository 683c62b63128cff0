import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DestinationStats } from 'signalbox';
import type { Orders } from '../programs/orders.js';
import type { Stage } from '../stage/stage.js';

/** How a program came to its end. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
}

/** A process of an app, with what it says of itself. */
export interface Program {
  readonly pid: number;
  /** What it said, line by line. A last line without its end is left out: a kill may have cut it. */
  said(): string[];
  /** The rest of the last line that begins so. */
  last(word: string): string | undefined;
  /** How many it emitted, as far as it came to say so. */
  readonly emitted: number;
  /** What its box said at the end, where there was one. */
  stats(): Readonly<Record<string, DestinationStats>> | undefined;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts a program. `shell`: what stands behind it in a shell. `deaf`: its output is not read. */
export function startProgram(
  stage: Stage,
  orders: Orders,
  {
    shell = '',
    deaf = false,
    nodeOptions = [],
  }: { readonly shell?: string; readonly deaf?: boolean; readonly nodeOptions?: readonly string[] } = {},
): Program {
  const file = fileURLToPath(new URL('./program.js', import.meta.url));
  const args = [...nodeOptions, file, JSON.stringify(orders)];
  const stdio = ['ignore', 'pipe', 'ignore', 'pipe'] as const;
  const env = { ...process.env, NODE_OPTIONS: '', NODE_CHANNEL_FD: undefined };
  const command = `ulimit -c 0; ${shell ? `"$0" "$@" ${shell}` : 'exec "$0" "$@"'}`;
  const child = spawn('sh', ['-c', command, process.execPath, ...args], {
    env,
    stdio: [...stdio],
  }) as ChildProcess;
  let out = '';
  if (deaf) child.stdout?.pause();
  else
    child.stdout?.on('data', (part: Buffer) => {
      out += part.toString();
    });
  let text = '';
  child.stdio[3]?.on('data' as never, (part: Buffer) => {
    text += part.toString();
  });
  const said = (): string[] => text.split('\n').slice(0, -1);
  const last = (word: string): string | undefined =>
    said()
      .filter((line) => line.startsWith(`${word} `))
      .at(-1)
      ?.slice(word.length + 1);
  stage.atEnd(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    if (deaf) child.stdout?.destroy();
  });
  const exited = once(child, deaf ? 'exit' : 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    pid: child.pid as number,
    said,
    last,
    get emitted() {
      return Number(last('emitted') ?? 0);
    },
    stats: () => {
      const told = last('stats');
      return told === undefined ? undefined : JSON.parse(told);
    },
    kill: (signal) => void child.kill(signal),
    ended: exited.then(([code, signal]) => ({ code, signal, stdout: out })),
  };
}
