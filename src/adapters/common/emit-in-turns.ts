/** Ends emitted in one turn of the event loop. */
const TURN = 64;

/** Emits many ends, some in each turn: each end is a span, and thousands at once would hold up the app and overflow its span processor. */
export async function inTurns<T>(items: Iterable<T>, emit: (item: T) => void): Promise<void> {
  let emitted = 0;
  for (const item of items) {
    if (emitted > 0 && emitted % TURN === 0) await new Promise((turn) => setImmediate(turn));
    emit(item);
    emitted++;
  }
}
