import { quiet } from '../delivery/emits-nothing.js';
import type { SinkFunction } from '../delivery/sink-function.js';
import { writesAtExit } from '../delivery/write-at-exit.js';
import type { Emission } from '../emission/emission.js';
import type { OptionNames } from '../signal/option-checks.js';
import { checkOneOf, checkSwitch, optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { jsonLine } from './json-line.js';
import { wantsColour } from './paint.js';
import { prettyLine } from './pretty.js';
import { Printer } from './printer.js';
import type { TextStream } from './text-stream.js';

/** Options of {@link consoleSink}. */
export interface ConsoleOptions {
  /**
   * `'pretty'` for people, `'json'` for machines, `'auto'` for pretty on a terminal and JSON elsewhere.
   * Default `'auto'`.
   */
  readonly format?: 'auto' | 'pretty' | 'json' | undefined;
  /** Where the lines go. Default: `process.stdout`, or `console.log` if there is no process. */
  readonly stream?: TextStream | undefined;
  /**
   * Whether pretty lines have colours. `'auto'`: on a terminal, unless `NO_COLOR` is set. `FORCE_COLOR` gives colours elsewhere too,
   * and overrides `NO_COLOR` as it does in Node.js. Default `'auto'`.
   */
  readonly colour?: 'auto' | boolean | undefined;
  /** Whether lines contain the stacks of errors, with their causes. Default `true`. */
  readonly stack?: boolean | undefined;
}

const FORMATS = ['auto', 'pretty', 'json'] as const;

const OPTIONS: OptionNames<ConsoleOptions> = { format: true, stream: true, colour: true, stack: true };

/**
 * A sink that prints: {@link prettyLine} on a terminal, {@link jsonLine} elsewhere. If a stream throws, or the reader of a pipe is
 * gone, the emission has failed, and no exception reaches the app. A stream that is not one of Node.js does not say when it has
 * written: a line that it took counts as delivered.
 *
 * @param options Format, stream, colours and stacks.
 * @throws {SignalboxError} If an option has none of its possible values.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { consoleSink } from 'signalbox/sinks';
 *
 * createSignalbox({ destinations: { console: consoleSink({ stream: process.stderr }) } });
 * ```
 */
export function consoleSink(options?: ConsoleOptions): SinkFunction {
  const given = optionsOf('consoleSink', options, OPTIONS);
  const { format = 'auto', colour = 'auto', stream = standardOutput(), stack = true } = given;
  checkOneOf('consoleSink', 'format', format, FORMATS);
  checkOneOf('consoleSink', 'colour', colour, ['auto', true, false]);
  checkSwitch('consoleSink', 'stack', stack);
  if (typeof stream?.write !== 'function') {
    throw new SignalboxError(
      `consoleSink: \`stream\` is ${shown(stream)}. Give a stream with \`write\`, as \`process.stderr\`.`,
    );
  }
  const onTerminal = stream.isTTY === true;
  if (format === 'json' || (format === 'auto' && !onTerminal)) {
    return printing(stream, (emission) => jsonLine(emission, { stack }));
  }
  const coloured = colour === 'auto' ? wantsColour(onTerminal) : colour;
  const print = (emission: Emission): string =>
    // Read each time, because a window can be resized. A terminal that does not know its width says 0.
    prettyLine(emission, { colour: coloured, width: (onTerminal && stream.columns) || undefined, stack });
  return printing(stream, print);
}

function printing(stream: TextStream, line: (emission: Emission) => string): SinkFunction {
  const printer = new Printer(stream, line);
  const sink: SinkFunction = (emission) => printer.print(emission);
  return writesAtExit(quiet(sink), printer);
}

function standardOutput(): TextStream {
  const { process } = globalThis as { process?: { readonly stdout?: TextStream } };
  return process?.stdout ?? { write: (text) => console.log(text.trimEnd()) };
}
