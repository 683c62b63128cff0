import type { Emission } from '../emission/emission.js';
import type { Inside, Mark } from './destination.js';
import type { Receipt } from './receipt.js';
import type { Call } from './sink-call.js';

/** An emission on its way to a sink: it waits, then it is in flight until it has an outcome. */
export class Flight {
  readonly emission: Emission;
  /** The cause of the emission. The sink's call carries it, whatever started the queue. */
  readonly around: Inside | undefined;
  readonly bytes: number;
  /** How many emissions the port had accepted before this one. */
  readonly number: number;
  readonly receipt: Receipt | undefined;
  /** The call of the sink and its mark. Set when the emission is in flight. */
  call: Call | undefined;
  mark: Mark | undefined;

  constructor(
    emission: Emission,
    around: Inside | undefined,
    bytes: number,
    number: number,
    receipt: Receipt | undefined,
  ) {
    this.emission = emission;
    this.around = around;
    this.bytes = bytes;
    this.number = number;
    this.receipt = receipt;
    this.call = undefined;
    this.mark = undefined;
  }
}
