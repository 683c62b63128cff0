import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { emitsToExporters } from '../cases/emits.js';
import { FULL } from '../cases/signals.js';
import { comparedCosts, noteOf, overRounds, summarise } from '../harness.js';
import type { Row } from './row.js';

const COUNTS = [1, 2, 5];

export const row: Row = {
  id: 'destinations',
  what: 'a further exporter destination, each of five, against the first',
  unit: 'ratio',
  must: 0.15,
  aim: 0.08,
  ours: true,
  timed: {
    time: async ({ rounds, millis }) => {
      startAppSdk({ meters: appMeters() });
      const cases = COUNTS.map((count) => emitsToExporters(FULL, count));
      return { names: cases.map(({ name }) => name), costs: await comparedCosts(cases, rounds, millis) };
    },
    figures: ({ names, costs }) => {
      const further = overRounds(costs, (round) => {
        const [one, , five] = round as readonly [number, number, number];
        return (five - one) / 4 / one;
      });
      const nanos = overRounds(costs, (round) => ((round[2] ?? 0) - (round[0] ?? 0)) / 4).value;
      const notes = summarise(names, costs).map(noteOf);
      return { ...further, against: 'emit → one exporter destination', nanos, notes };
    },
  },
};
