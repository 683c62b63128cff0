const LOOK_AGAIN_MILLIS = 100;

/** Resolves as soon as the condition holds; rejects at the deadline, naming what was waited for. A condition that throws ends it. */
export async function waitUntil(
  withinMillis: number,
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + withinMillis;
  while (!(await holds())) {
    if (Date.now() >= deadline) throw new Error(`waited ${withinMillis / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MILLIS));
  }
}
