import type { Patience } from '../delivery/process-exit.js';
import type { AtExit, ExitOutcome } from '../delivery/write-at-exit.js';
import type { Emission } from '../emission/emission.js';
import type { OwnPipe, PipeState } from './own-pipe.js';
import { isOwnPipe, pipeState } from './own-pipe.js';
import { finishPipe, writeToPipe } from './pipe-exit.js';
import type { TextStream } from './text-stream.js';
import { heldBy, isNodeStream, writeText } from './text-stream.js';
import { Given, GivenList } from './write-outcomes.js';

/** Number of lines that are made together when the process ends. */
const LINES = 64;

/** Prints emissions to a stream, as they come and when the process ends. */
export class Printer implements AtExit {
  readonly local = true;
  readonly waits = true;
  readonly #stream: TextStream;
  readonly #line: (emission: Emission) => string;
  readonly #pipe: { readonly pipe: OwnPipe; readonly state: PipeState } | undefined;
  readonly #given = new GivenList();

  /** @param line Makes the line of an emission, without the line's end. */
  constructor(stream: TextStream, line: (emission: Emission) => string) {
    this.#stream = stream;
    this.#line = line;
    this.#pipe = isOwnPipe(stream) ? { pipe: stream, state: pipeState(stream) } : undefined;
  }

  print(emission: Emission): void | Promise<void> {
    const text = `${this.#line(emission)}\n`;
    if (!isNodeStream(this.#stream)) return writeText(this.#stream, text);
    const given = new Given(emission);
    const printing = writeText(this.#stream, text, (error) => given.end(error ? 'failed' : 'delivered'));
    this.#given.add(given);
    if (heldBy(this.#stream) === 0) given.whole = true;
    else if (this.#pipe && given.outcome === undefined) this.#wait(this.#pipe, given, text);
    return printing;
  }

  /** Notes a text that the pipe did not take at once, with its position. */
  #wait({ pipe, state }: { pipe: OwnPipe; state: PipeState }, given: Given, text: string): void {
    const waiting = {
      text,
      end: pipe.bytesWritten,
      done: (outcome: 'delivered' | 'lost') => given.end(outcome),
    };
    state.waiting.add(waiting);
    given.onEnd = () => state.waiting.delete(waiting);
  }

  finish(emission: Emission | undefined, patience: Patience): ExitOutcome | undefined {
    if (this.#pipe && this.#isPipe()) finishPipe(this.#pipe.pipe, this.#pipe.state, patience);
    const given = emission && this.#given.take(emission);
    if (!given) return undefined;
    if (given.outcome) return given.outcome === 'delivered' ? 'delivered' : 'failed';
    if ((this.#stream as { errored?: unknown }).errored) return undefined;
    return given.whole || heldBy(this.#stream) === 0 ? 'delivered' : 'failed';
  }

  write(emissions: readonly Emission[], settled: (outcome: ExitOutcome) => void, patience: Patience): void {
    if (!this.#pipe || !this.#isPipe()) {
      for (const emission of emissions) settled(this.#printNow(emission));
      return;
    }
    const { pipe, state } = this.#pipe;
    for (let i = 0; i < emissions.length; i += LINES) {
      const some = emissions.slice(i, i + LINES);
      const lines = some.map((emission) => Buffer.from(`${this.#line(emission)}\n`));
      const written = writeToPipe(pipe, state, lines, patience);
      for (let n = 0; n < written.lines; n++) settled('delivered');
      if (written.error !== undefined) {
        for (let n = i + written.lines; n < emissions.length; n++) settled('failed');
        return;
      }
      if (written.lines < some.length) return;
    }
  }

  #printNow(emission: Emission): ExitOutcome {
    try {
      const printing = writeText(this.#stream, `${this.#line(emission)}\n`);
      if (!printing) return 'delivered';
      printing.catch(() => {});
      // Nobody knows whether a stream still writes what it holds now.
      const broke = (this.#stream as { errored?: unknown }).errored;
      return !broke && heldBy(this.#stream) === 0 ? 'delivered' : 'failed';
    } catch {
      return 'failed';
    }
  }

  /** Checked at each use: the pipe may have broken, or somebody may have replaced its `write` by now. */
  #isPipe(): boolean {
    return isOwnPipe(this.#stream);
  }
}
