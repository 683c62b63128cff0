import { readFacts } from '../check/facts.mjs';
import { differences } from '../judge/differences.js';
import type { Cell } from './cells.js';
import { expectedOf } from './expected.js';
import type { Played } from './play.js';

/** What is not as it must be in a cell: nothing where all is well. */
export function judge(cell: Cell, { told, arrived, wrong }: Played): string[] {
  if (!told) return [...wrong];
  const expected = expectedOf(cell);
  const found = told.rounds.flatMap((round, at) => {
    const facts = readFacts({
      ...round,
      version: told.version,
      during: [],
      spans: [],
      logs: [],
      metrics: [],
      ...arrived[at],
    });
    return Object.entries(expected.rounds[at] ?? {})
      .filter(([part]) => !LEFT_OUT.has(part))
      .flatMap(([part, value]) => differences(`${at === 0 ? '' : 'second '}${part}`, facts[part], value));
  });
  return [
    ...wrong,
    ...differences('rounds', told.rounds.length, expected.rounds.length),
    ...found,
    ...differences('shutdown()', told.shutdown, expected.shutdown),
    ...(told.rounds.length === 1 ? differences('a second SDK', arrived[1], NOTHING) : []),
  ];
}

/** What is looked at inside of a process alone. */
const LEFT_OUT = new Set(['during', 'shutdown']);

const NOTHING = { spans: [], logs: [], metrics: [] };
