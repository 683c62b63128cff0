import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Orders } from './writer.js';

const ROOT = resolve('.');

/** Builds the program of `writer.ts` in a folder. Gives its path. */
export async function buildWriter(folder: string): Promise<string> {
  const outfile = join(folder, 'writer.mjs');
  await build({
    entryPoints: [join(ROOT, 'test/faults/lines/writer.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    alias: {
      'signalbox/sinks': join(ROOT, 'src/sinks/index.ts'),
      signalbox: join(ROOT, 'src/index.ts'),
    },
  });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return outfile;
}

/** A process that writes lines. It waits until it is told to begin. */
export class WriterProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ready: Promise<unknown>;
  readonly #closed: Promise<unknown>;
  printed = '';
  troubles = '';

  /** @param limit What a shell does before it, as `ulimit -f 100`. */
  constructor(program: string, orders: Orders, limit = 'true') {
    this.#child = spawn(
      'sh',
      ['-c', `${limit}; exec "$0" "$@"`, process.execPath, program, JSON.stringify(orders)],
      { env: { ...process.env, NODE_OPTIONS: '' } },
    );
    this.#closed = once(this.#child, 'close');
    this.#ready = Promise.race([once(this.#child.stderr, 'data'), this.#closed]);
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.printed += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.troubles += text.replace('ready\n', '');
    });
    // It may be killed before it has read.
    this.#child.stdin.on('error', () => {});
  }

  async ready(): Promise<void> {
    await this.#ready;
  }

  begin(): void {
    this.#child.stdin.write('begin\n');
  }

  /** Settles with the first lines that it has acknowledged, or when it ended. */
  async acknowledged(): Promise<void> {
    if (this.printed === '') await Promise.race([once(this.#child.stdout, 'data'), this.#closed]);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async ended(): Promise<void> {
    await this.#closed;
  }
}
