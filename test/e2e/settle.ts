const LOOK_AGAIN_MILLIS = 500;

/**
 * Looks until nothing is amiss any more: what was sent takes its time through the collector. Gives what was still amiss at the deadline,
 * which is also what a backend that does not answer comes to.
 */
export async function settle(
  withinMillis: number,
  look: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const deadline = Date.now() + withinMillis;
  for (;;) {
    const amiss = await look().catch((error: unknown) => [
      error instanceof Error ? error.message : String(error),
    ]);
    if (amiss.length === 0 || Date.now() >= deadline) return amiss;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MILLIS));
  }
}
