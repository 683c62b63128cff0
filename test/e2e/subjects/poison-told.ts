/** So much is given at once: one batch. */
export const ITEMS = 512;
/** Spans on which the signals happen. */
export const SPANS = 8;

/** Which signal is poisoned how. */
export const TOO_LARGE = 100;
export const YEAR_3000 = 200;
export const YEAR_1969 = 300;
export const HUGES: readonly number[] = [400, 401];
/** Two of these add up to more than a number holds. */
export const HUGE = 1.7e308;

/** Which item of the app's own is poisoned. */
export const POISONED = 137;

/** Things of the app's own that OTLP/JSON can not carry, one among many. */
export const ownKinds = ['a record with 1e21', 'a record of 1969', 'a span with 1e21'] as const;
export type OwnKind = (typeof ownKinds)[number];
export type PoisonKind = 'signals' | OwnKind;

interface Counts {
  readonly routed: number;
  readonly delivered: number;
  readonly failed: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** What `poison.ts` prints. */
export interface Told {
  readonly stats: {
    readonly destinations: {
      readonly collector: { readonly channels: Readonly<Record<'logs' | 'spans' | 'metrics', Counts>> };
    };
    readonly values: Readonly<Record<string, number>>;
  };
  /** Calls of the exporters: each is one request. */
  readonly requests: Readonly<Record<'logs' | 'spans', { readonly sent: number }>>;
}
