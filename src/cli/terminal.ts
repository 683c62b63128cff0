import { styleText } from 'node:util';

/** The style of a text. */
export type Style = 'good' | 'bad' | 'strong' | 'dim';

const FORMATS = { good: 'green', bad: 'red', strong: 'bold', dim: 'dim' } as const;

/** The output of a command. */
export interface Terminal {
  /** Prints a line. */
  say(line: string): void;
  /** The text in a style, if the terminal shows colours. */
  paint(style: Style, text: string): string;
}

/** Standard output. Node.js itself checks `NO_COLOR`, `FORCE_COLOR` and whether it is a terminal. */
export const terminal: Terminal = {
  say: (line) => void process.stdout.write(`${line}\n`),
  paint: (style, text) => {
    const options = { stream: process.stdout };
    return (styleText as Styling)(FORMATS[style], text, options);
  },
};

/** `styleText` with the options that Node.js has since 20.18; the types that this package is compiled with lack them. */
type Styling = (
  format: (typeof FORMATS)[Style],
  text: string,
  options: { readonly stream: NodeJS.WriteStream },
) => string;
