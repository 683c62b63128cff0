const FRAMES = 2_000;

/**
 * Calls `fn` where there is hardly any stack left: from the last frame that there is room for upwards, each
 * time with a little more of it; and once well before, for where there is hardly any stack nothing can be
 * compiled. What `fn` throws is dropped.
 */
export async function onFullStack(fn: () => void): Promise<void> {
  fn();
  for (let i = 0; i < 3; i++) await new Promise<void>((done) => setImmediate(done));
  let deepest = 0;
  const dive = (depth: number): void => {
    deepest = Math.max(deepest, depth);
    try {
      dive(depth + 1);
    } catch {
      // There is no more room, or `fn` found none.
    }
    if (deepest - depth < FRAMES) fn();
  };
  try {
    dive(0);
  } catch {
    // As above.
  }
}
