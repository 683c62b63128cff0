import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** A file of JSON lines. A line is with the system when `write` returns: a SIGKILL of this process takes none of them away. */
export class Notes<T> {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write(line: T): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The whole lines of such a file; none where there is no file. What a killed process had begun to write is left out. */
export function readNotes<T>(path: string): T[] {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}
