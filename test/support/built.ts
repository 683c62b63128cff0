import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'tsup';

/** What became of a program. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What stands behind the program in a shell, as `| (sleep 1; cat)` or `> file`. */
  readonly shell?: string;
  readonly nodeOptions?: readonly string[];
  readonly cwd?: string;
  /** Done with the process once it has printed `ready` on stderr. */
  readonly whenReady?: (child: { readonly pid: number }) => void;
}

/** The package as it is built, for programs of one file: so that they begin in a tenth of a second. */
export class BuiltPackage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'signalbox-built-'));

  /** @param more Further entries, by the names of their files. */
  async build(more: Readonly<Record<string, string>> = {}): Promise<void> {
    const entry = {
      index: 'src/index.ts',
      sinks: 'src/sinks/index.ts',
      sdk: 'src/sdk/index.ts',
      ...more,
    };
    const options = {
      entry,
      outDir: this.folder,
      dts: false,
      silent: true,
      config: false,
      clean: false,
      treeshake: true,
      skipNodeModulesBundle: true,
    };
    await build({ ...options, format: ['esm'], splitting: true, outExtension: () => ({ js: '.mjs' }) });
    await build({ ...options, format: ['cjs'], splitting: true, outExtension: () => ({ js: '.cjs' }) });
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** A module's text whose beginning imports what programs need. */
  program(body: string): string {
    const from = (file: string): string => JSON.stringify(join(this.folder, file));
    return `
      import { createSignalbox } from ${from('index.mjs')};
      import * as sinks from ${from('sinks.mjs')};
      import { exporters } from ${from('sdk.mjs')};
      import fs from 'node:fs';
      import { createRequire } from 'node:module';
      const require = createRequire(${from('index.cjs')});
      const { consoleSink, jsonLineFile, auditFile, sink } = sinks;
      const numbers = (box, n, from = 0) => { for (let i = from; i < from + n; i++) box.info('line ' + i); };
      ${body}
    `;
  }

  async run(body: string, options: RunOptions = {}): Promise<Ended> {
    const args = [...(options.nodeOptions ?? []), '--input-type=module', '--eval', this.program(body)];
    const { shell, cwd = this.folder } = options;
    const env = { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0' };
    const child =
      shell === undefined
        ? spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
        : spawn('sh', ['-c', `"$0" "$@" ${shell}`, process.execPath, ...args], {
            cwd,
            env,
            stdio: ['ignore', 'pipe', 'pipe'],
          });
    if (options.whenReady) {
      const { pid } = child as { pid: number };
      child.stderr.on('data', (part: Buffer) => {
        if (part.includes('ready')) options.whenReady?.({ pid });
      });
    }
    const [stdout, stderr, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
    ]);
    return { code, signal, stdout, stderr };
  }
}

interface Line {
  readonly message: string;
  /** In the lines of an audit trail. */
  readonly emission?: { readonly message: string };
}

/** The messages of JSON lines, or of those of an audit trail; a line that is none throws. */
export function messagesOf(lines: string): string[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .map(({ message, emission }) => emission?.message ?? message);
}

/** `line 0` and so on, as programs print them. */
export function numberedMessages(n: number, from = 0): string[] {
  return Array.from({ length: n }, (_, i) => `line ${from + i}`);
}
