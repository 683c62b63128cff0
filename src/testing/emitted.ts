import type { Emission } from '../emission/emission.js';
import type { AnySignal } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { inBrief } from './asymmetric.js';
import { asTheyLeave, checkExpected, checkedSignal, misfits } from './expected.js';
import type { Diff, Verdict } from './verdict.js';
import { indented } from './verdict.js';

/** What to look for among emissions. */
export interface Sought {
  readonly signal: AnySignal;
  readonly expected: object;
  /** Default: at least once. */
  readonly times?: number | undefined;
}

/** Maximum number of emissions in a message. */
const SHOWN = 10;

/** Whether the emissions contain what is sought. Throws if nothing could ever fit. */
export function emittedVerdict(
  where: string,
  emissions: readonly Emission[],
  sought: Sought,
  diff?: Diff,
): Verdict {
  const { signal, expected, times } = sought;
  checkExpected(where, checkedSignal(where, signal), expected);
  if (times !== undefined && !(Number.isSafeInteger(times) && times >= 0))
    throw new SignalboxError(`${where}: \`times\` is ${shown(times)}. Give a whole number from 0.`);
  const there = emissions.filter((emission) => emission.signal === signal.name);
  const found = there.filter((emission) => misfits(emission, expected).length === 0);
  const others = there.filter((emission) => !found.includes(emission));
  const pass = times === undefined ? found.length > 0 : found.length === times;
  const values = `with ${inBrief(asTheyLeave(signal, expected))}`;
  return {
    pass,
    message: () => {
      const emitted = times === undefined ? 'emitted' : `emitted ${found.length} times`;
      if (pass) return `${signal.name} was ${emitted} ${values}:\n${listed(found)}`;
      const lead =
        times === undefined
          ? `${signal.name} was not emitted ${values}. `
          : `${signal.name} was ${emitted} ${values}, not ${times} times.\n${found.length > 0 ? `${listed(found)}\n` : ''}`;
      if (there.length === 0) return `${lead}Emitted:\n${listed(emissions) || '  nothing'}`;
      if (others.length === 0) return lead.trimEnd();
      const again = found.length > 0 ? 'also ' : '';
      return `${lead}It was ${again}emitted ${others.length} times${others.length > 1 ? ', the nearest first' : ''}:\n${nearest(others, sought, diff)}`;
    },
  };
}

/** Checks that a value has the emissions of a recorder. Throws if it has none. */
export function checkedEmissions(where: string, received: unknown): readonly Emission[] {
  const { emissions } = (received ?? {}) as { readonly emissions?: () => readonly Emission[] };
  if (typeof emissions === 'function') return emissions();
  throw new SignalboxError(
    `${where}: the received value is ${shown(received)}. Give \`expect\` what recorder() returned.`,
  );
}

function nearest(others: readonly Emission[], { signal, expected }: Sought, diff: Diff | undefined): string {
  // Of two with the same number of differences, the later comes first: mostly the test has just caused it.
  const sorted = others
    .map((emission, at) => ({ emission, at, wrong: misfits(emission, expected) }))
    .sort((a, b) => a.wrong.length - b.wrong.length || b.at - a.at);
  const lines = sorted.slice(0, SHOWN).map(({ emission, wrong }, i) => {
    const told = differences(emission, signal, expected, wrong, i === 0 ? diff : undefined);
    return `${line(emission)}\n${indented(told)}`;
  });
  return [...lines, ...rest(others.length)].join('\n');
}

function differences(
  { fields }: Emission,
  signal: AnySignal,
  expected: object,
  wrong: readonly string[],
  diff: Diff | undefined,
): string {
  const wanted = asTheyLeave(signal, expected);
  const compared = Object.fromEntries(Object.keys(wanted).map((name) => [name, fields[name]]));
  const told = diff?.(wanted, compared);
  if (told) return told;
  return wrong
    .map((name) => `${name}: expected ${inBrief(wanted[name])}, was ${inBrief(fields[name])}`)
    .join('\n');
}

function listed(emissions: readonly Emission[]): string {
  return [...emissions.slice(0, SHOWN).map(line), ...rest(emissions.length)].join('\n');
}

function rest(count: number): string[] {
  return count > SHOWN ? [`  and ${count - SHOWN} more`] : [];
}

function line({ signal, fields }: Emission): string {
  return `  ${signal} ${JSON.stringify(fields)}`;
}
