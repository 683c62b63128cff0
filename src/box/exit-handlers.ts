import type { OptionNames } from '../signal/option-checks.js';
import { checkMillis, checkSwitch, optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { ExitSignal, ProcessEnd } from './sigterm-and-crashes.js';
import { atProcessEnd } from './sigterm-and-crashes.js';

/** Options of a box's `installExitHandlers`. */
export interface ExitHandlerOptions {
  /** The process signals to handle. Default: `SIGTERM` and `SIGINT`. */
  readonly signals?: readonly ('SIGTERM' | 'SIGINT')[] | undefined;
  /** Whether to handle uncaught exceptions, and unhandled rejections that Node.js turns into them. Default `true`. */
  readonly crashes?: boolean | undefined;
  /** How long the process may stay to send pending telemetry, in milliseconds. Default 5000. */
  readonly timeoutMillis?: number | undefined;
}

/** The methods of a box that the handlers call. None of them may throw or reject. */
export interface EndingBox {
  info(message: string): void;
  fatal(message: string, fields: object): void;
  forceFlush(options: { readonly timeoutMillis: number }): Promise<unknown>;
  shutdown(options: { readonly timeoutMillis: number }): Promise<unknown>;
}

const WHERE = 'installExitHandlers';
const SIGNALS: readonly ExitSignal[] = ['SIGTERM', 'SIGINT'];
/** The most milliseconds of the deadline that are reserved for the shutdown after the flush. A fifth of the deadline, if that is less. */
const CLOSE_MILLIS = 500;

const OPTIONS: OptionNames<ExitHandlerOptions> = { signals: true, crashes: true, timeoutMillis: true };

/**
 * Makes a box record the end of its process and send pending telemetry before it.
 *
 * @returns The undo.
 * @throws {SignalboxError} When an option is not valid.
 */
export function installExitHandlers(box: EndingBox, options?: ExitHandlerOptions): () => void {
  const { signals, crashes, timeoutMillis } = checked(options);
  const closeMillis = Math.min(CLOSE_MILLIS, timeoutMillis / 5);
  const end: ProcessEnd = {
    signals,
    crashes,
    record: (cause, error, origin) => {
      if (cause === 'uncaughtException') box.fatal('uncaught exception', { error, origin });
      else box.info(`${cause} received`);
    },
    flush: () => box.forceFlush({ timeoutMillis: timeoutMillis - closeMillis }),
    shutdown: () => box.shutdown({ timeoutMillis: closeMillis }),
  };
  return atProcessEnd(end);
}

function checked(options: ExitHandlerOptions | undefined): {
  readonly signals: readonly ExitSignal[];
  readonly crashes: boolean;
  readonly timeoutMillis: number;
} {
  const { signals = SIGNALS, crashes = true, timeoutMillis = 5000 } = optionsOf(WHERE, options, OPTIONS);
  if (!Array.isArray(signals))
    throw new SignalboxError(`${WHERE}: \`signals\` is ${shown(signals)}. Give a list, as in ['SIGTERM'].`);
  for (const signal of signals) {
    if (!SIGNALS.includes(signal))
      throw new SignalboxError(
        `${WHERE}: ${shown(signal)} is not a signal that it handles. Use 'SIGTERM' or 'SIGINT'.`,
      );
  }
  checkSwitch(WHERE, 'crashes', crashes);
  checkMillis(WHERE, 'timeoutMillis', timeoutMillis);
  return { signals: [...signals], crashes, timeoutMillis };
}
