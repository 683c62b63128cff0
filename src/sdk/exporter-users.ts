/** How many destinations export through each exporter. Several boxes or destinations may share one. */
const users = new WeakMap<object, number>();

/** Registers one more user of an exporter. The undo says whether it was the last one. */
export function use(exporter: object): () => boolean {
  users.set(exporter, (users.get(exporter) ?? 0) + 1);
  let used = true;
  return () => {
    const left = (users.get(exporter) ?? 1) - (used ? 1 : 0);
    used = false;
    users.set(exporter, left);
    return left === 0;
  };
}

interface Closable {
  forceFlush?(): Promise<void> | undefined;
  shutdown(): Promise<void> | undefined;
}

/** Closes an exporter for one of its users, once. The last user shuts it down, each other one flushes it. */
export function closer(exporter: Closable): () => Promise<void> | undefined {
  const leave = use(exporter);
  let closed = false;
  return () => {
    if (closed) return undefined;
    closed = true;
    return leave() ? exporter.shutdown() : exporter.forceFlush?.();
  };
}
