import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that is started, ended and started again with the same command line. It does not outlive this process. */
export class ServerProcess {
  readonly #program: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #told = '';
  readonly #kill = (): void => void this.#child?.kill('SIGKILL');

  constructor(program: string, args: readonly string[]) {
    this.#program = program;
    this.#args = args;
  }

  /** Resolves when it is ready. Rejects with its last words. */
  async start(ready: () => Promise<void>): Promise<void> {
    const child = spawn(this.#program, this.#args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    process.once('exit', this.#kill);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        this.#told = (this.#told + String(text)).slice(-2000);
      });
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`it ended with ${code ?? signal}`)));
    });
    failed.catch(() => undefined);
    try {
      await Promise.race([failed, ready()]);
    } catch (error) {
      await this.end('SIGKILL');
      throw new Error(`${this.#program} did not start (${String(error)}):\n${this.#told}`);
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    process.off('exit', this.#kill);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}
