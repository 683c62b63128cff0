import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';

const LIBRARIES = '/usr/lib';
const ADVICE =
  'libfaketime is needed: install it by `apt-get install faketime` (Debian, Ubuntu), or name it in LIBFAKETIME.';

/** The library that moves a process's wall clock; installed where this is root on Debian and it is missing. */
export function libfaketime(): string {
  const found = process.env.LIBFAKETIME ?? find();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0) throw new Error(ADVICE);
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '-qq', 'faketime'], { stdio: 'ignore' });
  } catch {
    throw new Error(ADVICE);
  }
  const installed = find();
  if (installed === undefined) throw new Error(ADVICE);
  return installed;
}

function find(): string | undefined {
  if (!existsSync(LIBRARIES)) return undefined;
  // Debian has it in the folder of its architecture.
  const paths = readdirSync(LIBRARIES).map((name) => `${LIBRARIES}/${name}/faketime/libfaketime.so.1`);
  return paths.find((path) => existsSync(path));
}

/** The wall clock of one process. Its monotonic clock stays as it is. */
export class FakeClock {
  readonly #path: string;
  readonly #library: string;

  constructor(path: string) {
    this.#path = path;
    this.#library = libfaketime();
    this.set(0);
  }

  /** What the process is started with. */
  get env(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#path,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  /** From now on its wall clock is so many seconds ahead of the machine's. */
  set(seconds: number): void {
    writeFileSync(this.#path, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
  }
}
