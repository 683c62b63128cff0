import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Matrix } from './matrix.js';
import type { Leg, Sent } from './switched-exporter.js';

/** What a process is to do next: so many rounds of jobs, then one export. */
export interface Command {
  readonly rounds: number;
  readonly leg: Leg;
}

export interface Answer {
  readonly sent: Sent;
  readonly playedMillis: number;
  readonly heapMiB: number;
  /** Measurements beyond the limit of label sets. */
  readonly overflowed: number;
}

/** The processes of the app. */
export interface App {
  /** Each process plays and exports; all at once. */
  export(command: Command): Promise<readonly Answer[]>;
  stop(): Promise<void>;
}

/** Starts them, each with a resource of its own. `limit`: label sets of an instrument; 0 for the default. */
export function startApp(matrix: Matrix, limit: number): App {
  const children = Array.from({ length: matrix.processes }, (_, i) => start(i, matrix, limit));
  return {
    export: (command) => Promise.all(children.map((child) => ask(child, command))),
    stop: async () => {
      for (const child of children) {
        if (child.exitCode !== null) continue;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }
    },
  };
}

function start(number: number, { queues, types }: Matrix, limit: number): ChildProcess {
  const path = fileURLToPath(new URL('producer.ts', import.meta.url));
  const args = [number, queues, types, limit].map(String);
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...Object.fromEntries(inherited),
      // At a terminal the box would look at each emit, to tell what is wrong with it.
      NODE_ENV: 'production',
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=shop-${number},deployment.environment.name=bench`,
    },
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

async function ask(child: ChildProcess, command: Command): Promise<Answer> {
  child.send(command);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the app ended with ${String(code)}`);
  });
  ended.catch(() => undefined);
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer];
  return answer;
}
