import type { ShutdownReport, Stats } from 'signalbox';
import type { Move } from '../engines/books.js';
import type { Workplace } from '../engines/engine.js';
import type { Entry } from '../ledger.js';
import type { Options } from '../options.js';
import type { SeenSpan } from '../seen-span.js';
import type { Told } from '../told.js';

/** What the workers' process is told, each once. */
export type Order =
  | {
      readonly order: 'start';
      readonly workplace: Workplace;
      readonly options: Options;
      /** The base URL of the collector; none where nothing is sent. */
      readonly endpoint: string | undefined;
      /** Emissions are told, and no lines are printed. */
      readonly folded: boolean;
      /** The width of the terminal to which the lines go; none where they go elsewhere. */
      readonly columns: number | undefined;
    }
  | { readonly order: 'stop' };

/** The last word of a box: what became of what it was given. */
export interface Account {
  readonly stats: Stats;
  readonly report: ShutdownReport;
}

/** What the workers' process tells. */
export type Word =
  /** It takes jobs. */
  | { readonly word: 'started' }
  | { readonly word: 'entry'; readonly entry: Entry }
  | { readonly word: 'move'; readonly move: Move }
  | { readonly word: 'span'; readonly span: SeenSpan }
  | { readonly word: 'told'; readonly told: Told }
  /** It takes no more jobs, and none of them runs. */
  | { readonly word: 'stopped' }
  /** Its telemetry has left. Nothing comes after this. */
  | { readonly word: 'account'; readonly account: Account };
