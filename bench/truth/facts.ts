/** Lines of the ledger: what producers and handlers themselves say, without signalbox. Moments are epoch milliseconds, and milliseconds of the machine's monotonic clock. */
export type Fact = Ask | Accepted | Refused | Begin | End | Trouble | Holder | Late;

/** A producer is about to put a job in. A key may be asked for again where it was refused. */
export interface Ask {
  readonly fact: 'ask';
  readonly key: string;
  readonly at: number;
  readonly mono: number;
}

export interface Accepted {
  readonly fact: 'accepted';
  readonly key: string;
  readonly id: string;
  readonly at: number;
  readonly mono: number;
}

/** The engine answered with an error. The job may be in its store all the same. */
export interface Refused {
  readonly fact: 'refused';
  readonly key: string;
  readonly error: string;
  readonly at: number;
}

/** A handler was called. */
export interface Begin {
  readonly fact: 'begin';
  readonly id: string;
  readonly key: string;
  /** As the engine counts attempts, this one included. */
  readonly number: number;
  readonly at: number;
  /** Milliseconds of the machine's monotonic clock. */
  readonly mono: number;
  /** The active span's ids, by OpenTelemetry's API; a run is known by its span. */
  readonly span: string;
  readonly trace: string;
}

/** A handler is about to return or to throw. */
export interface End {
  readonly fact: 'end';
  readonly id: string;
  readonly span: string;
  readonly outcome: 'returned' | 'threw';
  readonly at: number;
  readonly mono: number;
}

/** The engine told this process of an error, such as a store that does not answer. */
export interface Trouble {
  readonly fact: 'trouble';
  readonly what: string;
  readonly at: number;
}

/** Under this name the process holds jobs in the engine's store. */
export interface Holder {
  readonly fact: 'holder';
  readonly id: string;
}

/** A timer of this process was late by so many milliseconds at this moment: nothing else went on in it meanwhile. */
export interface Late {
  readonly fact: 'late';
  readonly millis: number;
  readonly at: number;
  readonly mono: number;
}

/** This moment, by both clocks. */
export function moment(): { readonly at: number; readonly mono: number } {
  return { at: Date.now(), mono: Number(process.hrtime.bigint()) / 1e6 };
}
