/**
 * Does something with each of some, once a round, in rotating order: what else the machine does hits all alike. Returns of each what its
 * rounds gave.
 */
export async function inTurn<T, R>(
  all: readonly T[],
  rounds: number,
  each: (one: T) => Promise<R>,
): Promise<R[][]> {
  const given = all.map((): R[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < all.length; i++) {
      const at = (i + round) % all.length;
      given[at]?.push(await each(all[at] as T));
    }
  }
  return given;
}
