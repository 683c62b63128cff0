import fc from 'fast-check';
import { createSignalbox, defineSignal } from 'signalbox';
import { expect, test } from 'vitest';
import { Levels } from '../../src/routing/levels.js';
import type { Level } from '../../src/signal/level-rules.js';
import { levelsInText } from '../../src/signal/level-rules.js';
import { severities, severityNumbers } from '../../src/signal/severity.js';

const level = fc.constantFrom<Level>(...severities, 'off');
const name = fc.string({ unit: fc.constantFrom('A', 'B', '_'), minLength: 1, maxLength: 5 });
const pattern = fc.oneof(
  // A few, so that they replace each other.
  fc.constantFrom('*', 'A*', '*B'),
  fc.string({ unit: fc.constantFrom('A', 'B', '_', '*'), minLength: 1, maxLength: 5 }),
);
const step = fc.oneof(
  fc.record({ pattern, level }),
  // Undoes one of the steps before it.
  fc.record({ undo: fc.nat(20) }),
);

/** The words of the documentation: of those that match, the most letters, and of equals the last that was set. */
function expectedLevel(rules: readonly (readonly [string, Level])[], of: string): Level {
  const taking = rules.filter(([p]) => new RegExp(`^${p.replaceAll('*', '.*')}$`).test(of));
  const letters = ([p]: readonly [string, Level]): number => p.split('*').join('').length;
  const most = Math.max(...taking.map(letters));
  return taking.filter((rule) => letters(rule) === most).at(-1)?.[1] ?? 'trace';
}

test('levels - whatever patterns are set and undone in whichever order, the pattern with the most letters decides, and of equals the last', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.array(name, { minLength: 1 }), (steps, names) => {
      const levels = new Levels(() => undefined);
      const set: { pattern: string; level: Level; isUndone: boolean; readonly undo: () => void }[] = [];
      for (const one of steps) {
        const undone = 'undo' in one ? set[one.undo] : undefined;
        if ('pattern' in one) set.push({ ...one, isUndone: false, undo: levels.set(one.pattern, one.level) });
        if (!undone) continue;
        undone.undo();
        undone.isUndone = true;
      }
      const left = set.filter(({ isUndone }) => !isUndone);
      const model = left.filter((rule, n) => !left.slice(n + 1).some((r) => r.pattern === rule.pattern));
      const rules = model.map((r) => [r.pattern, r.level] as const);
      expect(levels.all).toEqual(rules);
      for (const of of names) {
        const expected = expectedLevel(rules, of);
        expect(levels.of(of)).toBe(expected);
        for (const severity of severities)
          expect(levels.silence(of, severityNumbers[severity])).toBe(
            expected === 'off' || severityNumbers[severity] < severityNumbers[expected],
          );
      }
    }),
  );
});

test('levels - the text of the environment says what the option says', () => {
  fc.assert(
    fc.property(fc.dictionary(pattern, level), (rules) => {
      const text = Object.entries(rules)
        .map(([p, l]) => (p === '*' ? l.toUpperCase() : ` ${p} = ${l}`))
        .join(',');
      const troubles: string[] = [];
      expect(levelsInText(text, (sentence) => troubles.push(sentence))).toEqual({ ...rules });
      expect(troubles).toEqual([]);
    }),
  );
});

test('levels - each emit is emitted, unrouted or silenced, whatever levels and routes change between emits', () => {
  const signals = ['LEVELS_A', 'LEVELS_B', 'OTHER_A'].map((n, i) =>
    defineSignal(n, { severity: severities[i + 1] ?? 'info' }),
  );
  const patterns = ['*', 'LEVELS_*', '*_A', 'OTHER_A'];
  const act = fc.oneof(
    fc.record({ emit: fc.nat(2) }),
    fc.record({ pattern: fc.constantFrom(...patterns), level }),
    fc.record({ routed: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const seen: string[] = [];
      const box = createSignalbox({
        destinations: { seen: ({ signal }) => void seen.push(signal) },
        routes: [],
      });
      let routed = false;
      const set = new Map<string, Level>();
      const counts = { emitted: 0, unrouted: 0, silenced: 0 };
      for (const one of acts) {
        if ('routed' in one) {
          routed = one.routed;
          box.setRoutes(routed ? [{ signals: '*', to: 'seen' }] : []);
        } else if ('pattern' in one) {
          box.setLevel(one.pattern, one.level);
          set.delete(one.pattern);
          set.set(one.pattern, one.level);
        } else {
          const signal = signals[one.emit] ?? signals[0];
          if (!signal) continue;
          const least = expectedLevel([...set], signal.name);
          box.emit(signal);
          if (least === 'off' || severityNumbers[signal.severity] < severityNumbers[least]) counts.silenced++;
          else if (routed) counts.emitted++;
          else counts.unrouted++;
        }
      }
      expect(box.stats()).toMatchObject(counts);
    }),
  );
});
