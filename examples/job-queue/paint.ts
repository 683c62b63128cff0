import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

type Style = (text: string) => string;

/** Colours for one stream; they leave the text alone where the stream is no terminal, or `NO_COLOR` is set. */
export interface Paint {
  /** Whether there are any. */
  readonly coloured: boolean;
  readonly bold: Style;
  readonly dim: Style;
  readonly red: Style;
  readonly green: Style;
  readonly yellow: Style;
  readonly cyan: Style;
  /** How many columns to use: as many as the terminal has now, from 40 to 100. 100 where there is no terminal. */
  readonly columns: number;
}

const MOST_COLUMNS = 100;
const FEWEST_COLUMNS = 40;

export function createPaint(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Paint {
  const terminal: Partial<WriteStream> = stream;
  const coloured = terminal.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const style =
    (name: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'): Style =>
    (text) =>
      coloured ? styleText(name, text) : text;
  return {
    coloured,
    bold: style('bold'),
    dim: style('dim'),
    red: style('red'),
    green: style('green'),
    yellow: style('yellow'),
    cyan: style('cyan'),
    // Read each time: a window is resized.
    get columns() {
      return Math.max(FEWEST_COLUMNS, Math.min(MOST_COLUMNS, terminal.columns || MOST_COLUMNS));
    },
  };
}
