import type { Case, Figure } from '../harness.js';
import { allocatedBy, compare, noteOf } from '../harness.js';
import type { Row } from './row.js';

export interface Cases {
  readonly against: Case;
  readonly own: Case;
  /** Measured in the same rounds, and printed below the table. */
  readonly beside?: readonly Case[];
}

type Given = Omit<Row, 'unit' | 'measure' | 'allocated'> & {
  /** Whether bytes are counted too. Default `true`; `false` where another row counts them of the same case. */
  readonly counted?: boolean;
  /** Makes the cases, in a process that does nothing else. */
  readonly prepare: () => Cases | Promise<Cases>;
};

/** A row whose figure is the CPU time of one case by that of another in the same round. */
export function ratioRow({ prepare, counted = true, ...facts }: Given): Row {
  return {
    ...facts,
    unit: 'ratio',
    measure: async ({ rounds, millis }) => {
      const { against, own, beside = [] } = await prepare();
      const figures = await compare([against, own, ...beside], rounds, millis);
      const [, figure] = figures as readonly [Figure, Figure];
      const { ratio: value, low, high, cost: nanos } = figure;
      return { value, low, high, against: against.name, nanos, notes: figures.map(noteOf) };
    },
    ...(counted && { allocated: async () => allocatedBy((await prepare()).own) }),
  };
}
