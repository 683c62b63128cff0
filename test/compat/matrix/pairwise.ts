/** A value of each dimension. */
export type Combination = Readonly<Record<string, string>>;

/** Every combination of the values of some dimensions; the last dimension changes first. */
export function combinations<const D extends Readonly<Record<string, readonly string[]>>>(
  dimensions: D,
): { readonly [K in keyof D]: D[K][number] }[] {
  const all = Object.entries(dimensions).reduce<Combination[]>(
    (found, [name, values]) => found.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
  return all as { readonly [K in keyof D]: D[K][number] }[];
}

/** The pairs of values that a combination has. */
export function pairsOf(combination: Combination): string[] {
  const values = Object.entries(combination).map(([name, value]) => `${name} ${value}`);
  return values.flatMap((one, at) => values.slice(at + 1).map((other) => `${one}, ${other}`));
}

/**
 * Few combinations in which every pair of values is that any of `all` has: one for each seed, which has its values, and then as many as it
 * takes. The choice is greedy and the same each time: the combination with the most pairs that none has yet; of those, the one whose pairs
 * the others have least.
 */
export function pairwise<T extends Combination>(all: readonly T[], seeds: readonly Partial<T>[] = []): T[] {
  const uses = new Map(all.flatMap(pairsOf).map((pair) => [pair, 0]));
  const chosen: T[] = [];
  const usesOf = (pair: string): number => uses.get(pair) ?? 0;
  const count = (pairs: readonly string[], of: (uses: number) => number): number =>
    pairs.reduce((sum, pair) => sum + of(usesOf(pair)), 0);

  function take(candidates: readonly T[]): void {
    const rated = candidates.map((combination) => {
      const pairs = pairsOf(combination);
      return { combination, fresh: count(pairs, (n) => (n === 0 ? 1 : 0)), used: count(pairs, (n) => n) };
    });
    const best = rated.reduce((a, b) =>
      b.fresh > a.fresh || (b.fresh === a.fresh && b.used < a.used) ? b : a,
    );
    for (const pair of pairsOf(best.combination)) uses.set(pair, usesOf(pair) + 1);
    chosen.push(best.combination);
  }

  for (const seed of seeds) {
    const candidates = all.filter((one) =>
      Object.entries(seed).every(([name, value]) => one[name] === value),
    );
    if (candidates.length === 0) throw new Error(`no combination has ${JSON.stringify(seed)}`);
    take(candidates);
  }
  while ([...uses.values()].includes(0)) take(all);
  return chosen;
}
