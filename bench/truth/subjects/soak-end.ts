import type { Stats } from '../../../src/box/stats.js';

/** What the process of the soak says at its end. */
export interface SoakEnd {
  readonly ledger: SoakLedger;
  readonly stats: Stats;
  readonly seconds: number;
}

/** What its own code did, in numbers. */
export interface SoakLedger {
  readonly accepted: number;
  readonly returned: number;
  readonly threw: number;
  /** Of those that threw, the ones that leave another attempt. */
  readonly retries: number;
  readonly abandoned: number;
  readonly refused: number;
}
