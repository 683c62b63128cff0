import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Service, ServiceName } from './stack.js';
import { waitUntil } from './wait.js';

/** All that one native service is started with. */
export interface ServicePlan {
  readonly name: ServiceName;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly logFile: string;
  /** Each answers 200 when the service is ready. */
  readonly ready: readonly string[];
  readonly readyWithinMillis: number;
}

const running = new Set<ChildProcess>();
// Whatever ends this process, it leaves no programs behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One program of the stack, which can be killed and started again on the same ports and the same data. */
export class ServiceProcess implements Service {
  readonly name: ServiceName;
  readonly logFile: string;
  readonly #plan: ServicePlan;
  #child: ChildProcess | undefined;

  constructor(plan: ServicePlan) {
    this.name = plan.name;
    this.logFile = plan.logFile;
    this.#plan = plan;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    const { program, args, env, directory, logFile, ready, readyWithinMillis } = this.#plan;
    const log = openSync(logFile, 'a');
    const child = spawn(program, args, { cwd: directory, env: { ...env }, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    running.add(child);
    // A program that can not be run fails `spawn` below.
    child.on('error', () => undefined);
    child.once('close', () => {
      running.delete(child);
      if (this.#child === child) this.#child = undefined;
    });
    try {
      await once(child, 'spawn');
      await waitUntil(readyWithinMillis, `${this.name} to be ready`, async () => {
        if (this.#child !== child) throw new Error(`${this.name} ended before it was ready`);
        return (await Promise.all(ready.map(answers))).every(Boolean);
      });
    } catch (error) {
      await this.kill();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${reason}\n${program} ${args.join(' ')}\n${await this.tail()}`);
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async tail(lines = 20): Promise<string> {
    const text = await readFile(this.logFile, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
