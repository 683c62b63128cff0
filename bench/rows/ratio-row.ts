import type { Case } from '../harness.js';
import { allocatedBy, comparedCosts, noteOf, summarise } from '../harness.js';
import type { Row } from './row.js';

export interface Cases {
  readonly against: Case;
  readonly own: Case;
  /** Measured in the same rounds, and printed below the table. */
  readonly beside?: readonly Case[];
}

type Given = Omit<Row, 'unit' | 'measure' | 'timed' | 'allocated'> & {
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
    timed: {
      time: async ({ rounds, millis }) => {
        const { against, own, beside = [] } = await prepare();
        const cases = [against, own, ...beside];
        return {
          names: cases.map(({ name }) => name),
          costs: await comparedCosts(cases, rounds, millis),
        };
      },
      figures: ({ names, costs }) => {
        const figures = summarise(names, costs);
        const [against, own] = figures;
        if (!against || !own) throw new Error('A ratio row has two cases.');
        const { ratio: value, low, high, cost: nanos } = own;
        return { value, low, high, against: against.name, nanos, notes: figures.map(noteOf) };
      },
    },
    ...(counted && { allocated: async () => allocatedBy((await prepare()).own) }),
  };
}
