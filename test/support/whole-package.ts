import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Options } from 'tsup';
import { build } from 'tsup';
import options from '../../tsup.config.js';

/** The package as users have it, without types, in a folder of its own: programs in it have it by its name, and what the repository has. */
export class WholePackage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'signalbox-whole-'));

  async build(): Promise<void> {
    await build({
      ...(options as Options),
      outDir: join(this.folder, 'dist'),
      dts: false,
      sourcemap: false,
      silent: true,
      config: false,
    });
    cpSync('package.json', join(this.folder, 'package.json'));
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
  }

  write(name: string, code: string): void {
    writeFileSync(join(this.folder, name), code);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
