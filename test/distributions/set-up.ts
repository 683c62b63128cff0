/** What the table tells of a set-up. */
export const COLUMNS = ['logs', 'spanEvents', 'trace', 'metrics', 'describe', 'own'] as const;

export type Column = (typeof COLUMNS)[number];

/** A cell that is not `yes`, and what of the distribution is the reason. */
export interface Exception {
  readonly cell: string;
  /** A sentence for the table's footnotes. The version of the distribution stands in front of it. */
  readonly note: string;
}

/** One distribution of OpenTelemetry, as its own documentation has an app use it. */
export interface SetUp {
  readonly name: string;
  /** The folder that has its package.json and start files, where that is not called by its name. */
  readonly folder?: string;
  readonly title: string;
  /** Whose version the table tells. */
  readonly package: string;
  /** How it is started, in the table. */
  readonly start: string;
  /** The least major version of Node that it runs on. */
  readonly node: 20 | 24;
  /** What stands between `node` and the app's file. */
  readonly args: readonly string[];
  /** `{url}`, `{host}` and `{port}` are the recorder's; `{secure}` is the port on which it speaks TLS. */
  readonly env: Readonly<Record<string, string>>;
  /** The app's file, where it is not `scenario/main.cjs`. */
  readonly main?: string;
  /** The span that it needs around work, which an attempt is itself: it is not compared. */
  readonly around?: string;
  /** What `node` is run with once in the installed folder, before the app. */
  readonly prepare?: readonly string[];
  /** Every cell that is not `yes`. */
  readonly expected?: Partial<Readonly<Record<Column, Exception>>>;
  /** What else has to be known of it. */
  readonly notes?: readonly string[];
}
