import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
  writeSync,
} from 'node:fs';

/** A file of JSON, a line each, that outlives whoever writes it: what was appended is in it, however the process ends. */
export class LineWriter<T> {
  readonly #file: number;
  /** What was in the file already. */
  readonly found: readonly T[];

  constructor(path: string) {
    const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const whole = text.lastIndexOf('\n') + 1;
    // Nobody was told that a line was taken that is not whole.
    if (whole < text.length) truncateSync(path, whole);
    this.found = parsed<T>(text.subarray(0, whole));
    this.#file = openSync(path, 'a');
  }

  append(items: readonly T[]): void {
    let rest = Buffer.from(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    while (rest.length > 0) rest = rest.subarray(writeSync(this.#file, rest));
  }
}

/** Reads such a file while another process writes it. */
export class LineReader<T> {
  readonly #path: string;
  #at = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** What came since the last call. A line that is not whole yet waits for the next. */
  next(): T[] {
    if (!existsSync(this.#path)) return [];
    const file = openSync(this.#path, 'r');
    try {
      const bytes = Buffer.alloc(fstatSync(file).size - this.#at);
      const length = readSync(file, bytes, 0, bytes.length, this.#at);
      const whole = bytes.subarray(0, length).lastIndexOf('\n') + 1;
      this.#at += whole;
      return parsed<T>(bytes.subarray(0, whole));
    } finally {
      closeSync(file);
    }
  }
}

function parsed<T>(bytes: Buffer): T[] {
  const lines = bytes.toString('utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line) as T);
}
