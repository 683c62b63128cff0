/** Takes a result that nobody awaits: where it is a promise, of whatever realm, its rejection is not the process's end. */
export function swallow(result: unknown): void {
  try {
    if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return;
    const { then } = result as { then?: unknown };
    if (typeof then === 'function') then.call(result, undefined, () => {});
  } catch {
    // A thenable that throws on being looked at rejects nothing.
  }
}
