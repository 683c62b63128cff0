import type { Paint } from './paint.js';
import { createPaint } from './paint.js';
import { clipped, wrapped } from './wrap.js';

const ESCAPE = String.fromCharCode(27);
/** Ends what a terminal shows of the line that is written over. */
const ERASE_REST = `${ESCAPE}[K`;

/** Where the example writes for a person. On a terminal no line is wider than the terminal; elsewhere lines stay as they are. */
export class Screen {
  readonly paint: Paint;
  readonly isTerminal: boolean;
  readonly #out: NodeJS.WriteStream;
  readonly #writesOver: boolean;
  #folded = 0;

  constructor(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env) {
    this.#out = out;
    this.paint = createPaint(out, env);
    this.isTerminal = out.isTTY === true;
    this.#writesOver = this.isTerminal && env.TERM !== 'dumb';
  }

  /** Prints sentences: on a terminal what does not fit goes on below. */
  readonly say = (text: string): void => {
    const lines = text
      .split('\n')
      .flatMap((line) => (this.isTerminal ? wrapped(line, this.paint.columns, 2) : [line]));
    this.write(`${lines.join('\n')}\n`);
  };

  /** Prints one line: on a terminal a `…` stands for what does not fit. */
  line(text: string): void {
    this.write(`${this.isTerminal ? clipped(text, this.paint.columns) : text}\n`);
  }

  /** Counts a line that is not shown. The number stands in the last line, which the next number overwrites. */
  fold(): void {
    this.#folded++;
    if (this.#writesOver) this.#out.write(`\r${this.#foldText()}${ERASE_REST}`);
  }

  /** How wide the terminal is now; undefined where there is none, or it does not say. */
  get terminalColumns(): number | undefined {
    return (this.isTerminal && this.#out.columns) || undefined;
  }

  /** Writes text that has its lines already. */
  write(text: string): void {
    this.close();
    this.#out.write(text);
  }

  /** Ends the line of the folded ones, if there is one. */
  close(): void {
    if (this.#folded === 0) return;
    this.#out.write(this.#writesOver ? '\n' : `${this.#foldText()}\n`);
    this.#folded = 0;
  }

  #foldText(): string {
    const lines = this.#folded === 1 ? 'routine line' : 'routine lines';
    // One column less: some terminals go to the next line when the last column is taken.
    const text = `           ⋯ ${this.#folded.toLocaleString('en')} ${lines}`;
    return this.paint.dim(clipped(text, this.paint.columns - 1));
  }
}
