/** Epoch milliseconds of a moment on the wire. */
export function millisOf(nanos: string): number {
  return Number(BigInt(nanos) / 1000n) / 1000;
}
