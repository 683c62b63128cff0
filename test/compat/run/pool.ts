/** Does this with each, at most so many at a time. Resolves to what it gave, in the order of the list. */
export async function withEach<T, R>(
  list: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = list.entries();
  async function runner(): Promise<void> {
    for (const [at, one] of left) results[at] = await work(one);
  }
  await Promise.all(Array.from({ length: atOnce }, runner));
  return results;
}
