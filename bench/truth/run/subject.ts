import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { repository } from '../../../test/e2e/stack/compose-file.js';
import type { Program } from '../subjects/build.js';
import { builtPath } from '../subjects/build.js';
import type { Order } from '../subjects/order.js';
import { filesOf } from '../subjects/order.js';

const MERCY_MILLIS = 90_000;

/** A process of a run. It does not outlive this one. */
export interface Subject {
  readonly name: string;
  readonly killed: boolean;
  readonly alive: boolean;
  /** Epoch milliseconds; undefined while it lives. */
  readonly endedAt: number | undefined;
  /** The end of its standard error. */
  readonly lastWords: string;
  /** Resolves with the first such line of its output. Rejects where it ends before. */
  said(line: string): Promise<void>;
  tell(line: string): void;
  kill(): Promise<void>;
  /** Lets it end by itself; rejects where it ends badly, or is killed because it did not end. */
  end(): Promise<void>;
}

/** Runs a program that has been built. */
export function startSubject(
  program: Program,
  order: Order,
  { node = [], env = {}, command = [] }: Launch = {},
): Subject {
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('OTEL_'));
  const [file = process.execPath, ...before] = [...command, process.execPath];
  const child = spawn(file, [...before, ...node, builtPath(program), JSON.stringify(order)], {
    cwd: repository,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.stdin.on('error', () => undefined);
  const { output } = filesOf(order.directory, order.name);
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told = (told + text).slice(-2000);
    appendFileSync(output, text);
  });
  const lines = new Set<string>();
  const waiting = new Map<string, () => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    appendFileSync(output, `${line}\n`);
    lines.add(line);
    waiting.get(line)?.();
  });
  let killed = false;
  let endedAt: number | undefined;
  const closed = once(child, 'close').then(([code, signal]: unknown[]) => {
    endedAt = Date.now();
    process.off('exit', end);
    return code ?? signal;
  });
  closed.catch(() => undefined);
  return {
    name: order.name,
    get killed() {
      return killed;
    },
    get alive() {
      return endedAt === undefined;
    },
    get endedAt() {
      return endedAt;
    },
    get lastWords() {
      return told;
    },
    said: async (line) => {
      if (lines.has(line)) return;
      const heard = new Promise<boolean>((resolve) => waiting.set(line, () => resolve(true)));
      if (!(await Promise.race([heard, closed.then(() => false)])))
        throw new Error(`${order.name} ended before it said '${line}':\n${told}`);
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    kill: async () => {
      if (endedAt !== undefined) return;
      killed = true;
      child.kill('SIGKILL');
      await closed;
    },
    end: async () => {
      child.stdin.end();
      const late = setTimeout(end, MERCY_MILLIS);
      const how = await closed;
      clearTimeout(late);
      if (how !== 0) throw new Error(`${order.name} ended with ${String(how)}:\n${told}`);
    },
  };
}

export interface Launch {
  /** Options of Node. */
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What runs Node, in place of the system itself. */
  readonly command?: readonly string[];
}
