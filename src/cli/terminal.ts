import { styleText } from 'node:util';

/** How a text stands out. */
export type Style = 'good' | 'bad' | 'strong' | 'dim';

const FORMATS = { good: 'green', bad: 'red', strong: 'bold', dim: 'dim' } as const;

/** Where a command says what it has to say. */
export interface Terminal {
  /** Prints a line. */
  say(line: string): void;
  /** The text in its style, where colours are wanted. */
  paint(style: Style, text: string): string;
}

/** Standard output. Node itself looks at `NO_COLOR`, `FORCE_COLOR` and at whether it is a terminal. */
export const terminal: Terminal = {
  say: (line) => void process.stdout.write(`${line}\n`),
  paint: (style, text) => {
    const options = { stream: process.stdout };
    return (styleText as Styling)(FORMATS[style], text, options);
  },
};

/** With the options that Node has since 20.18, which the types that this is compiled with do not know. */
type Styling = (
  format: (typeof FORMATS)[Style],
  text: string,
  options: { readonly stream: NodeJS.WriteStream },
) => string;
