import type { Emission } from '../../emission/emission.js';
import { jsonLine } from '../json-line.js';
import { Given } from '../write-outcomes.js';

/** A line that a file was given. */
export class Line extends Given {
  readonly bytes: Buffer;
  /** Settles with the line's outcome. Never settles if the process ended before the outcome was known. */
  readonly answer: Promise<void>;
  /** How often the disk took only a part of it. */
  cuts = 0;
  /** How often it followed a line that another process had left unfinished. */
  glued = 0;
  error: unknown;

  /** `stack`: whether the line contains the stacks of errors. */
  constructor(emission: Emission, stack: boolean) {
    super(emission);
    this.bytes = lineBytes(emission, stack);
    this.answer = new Promise((resolve, reject) => {
      this.onEnd = () => {
        if (this.outcome === 'delivered') resolve();
        else if (this.outcome === 'failed') reject(this.error);
      };
    });
  }

  fail(error: unknown): void {
    this.error = error;
    this.end('failed');
  }
}

export function lineBytes(emission: Emission, stack: boolean): Buffer {
  return Buffer.from(`${jsonLine(emission, { stack })}\n`);
}

const NEWLINE = Buffer.from('\n');

/** Lines that one call writes. */
export class Batch {
  readonly lines: readonly Line[];
  readonly bytes: Buffer;
  /** How many of its bytes are in the file, once that is known. */
  written: number | undefined;

  /** `ending`: the batch must first end an unfinished line. */
  constructor(lines: readonly Line[], ending: boolean) {
    this.lines = lines;
    this.bytes = Buffer.concat([...(ending ? [NEWLINE] : []), ...lines.map(({ bytes }) => bytes)]);
  }

  /** The lines that are whole within so many bytes of the batch, and the rest. */
  split(written: number): { readonly whole: Line[]; readonly rest: Line[] } {
    let end = this.bytes.length - this.lines.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const whole = this.lines.filter(({ bytes }) => {
      end += bytes.length;
      return end <= written;
    });
    return { whole, rest: this.lines.slice(whole.length) };
  }
}
