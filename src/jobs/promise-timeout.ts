/** The promise, or an error of that message where it has not settled by then. No timer of it keeps the process alive. */
export async function within<T>(millis: number, promise: Promise<T>, message: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), millis);
    (timer as { unref?(): void }).unref?.();
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
