const LEAST_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** Lines one behind the other in one buffer: a group is written with one call, and a buffer a line would be garbage. */
export class LineBytes {
  #bytes: Buffer = Buffer.allocUnsafe(LEAST_BYTES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** All lines, each with its newline. */
  get all(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  /** Adds a line. Gives its bytes without the newline, which are good until the next line. */
  add(line: string): Buffer {
    const from = this.#size;
    this.#makeRoom(line.length * 3 + 1);
    const to = from + this.#bytes.write(line, from);
    this.#bytes[to] = NEWLINE;
    this.#size = to + 1;
    return this.#bytes.subarray(from, to);
  }

  /** A UTF-16 code unit takes up to three bytes in UTF-8. */
  #makeRoom(most: number): void {
    const needed = this.#size + most;
    if (needed <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(bytes, 0, 0, this.#size);
    this.#bytes = bytes;
  }
}
