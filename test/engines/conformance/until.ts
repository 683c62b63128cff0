/** Waits until something holds; looks again and again, and gives up after `millis`. */
export async function until(
  what: string | (() => string),
  holds: () => boolean | Promise<boolean>,
  millis = 45_000,
): Promise<void> {
  const limit = performance.now() + millis;
  while (!(await holds())) {
    if (performance.now() > limit)
      throw new Error(`Waited ${millis} ms in vain: ${typeof what === 'string' ? what : what()}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A promise and what resolves it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
