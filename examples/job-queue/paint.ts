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
  /** How many columns to use. */
  readonly columns: number;
}

const COLUMNS = 100;

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
    columns: Math.max(72, Math.min(COLUMNS, terminal.columns || COLUMNS)),
  };
}
