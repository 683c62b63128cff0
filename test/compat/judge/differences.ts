import { deepStrictEqual } from 'node:assert/strict';

/** What differs of a part, in words: nothing where it is as it should be. */
export function differences(part: string, is: unknown, shouldBe: unknown): string[] {
  try {
    deepStrictEqual(is, shouldBe);
    return [];
  } catch (error) {
    return [`${part}: ${(error as Error).message}`];
  }
}
