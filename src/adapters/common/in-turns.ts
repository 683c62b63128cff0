/** Ends told in one turn of the event loop. */
const TURN = 64;

/** Tells many things, some in each turn: each end is a span, and thousands at once would hold up the app and overflow its span processor. */
export async function inTurns<T>(items: Iterable<T>, tell: (item: T) => void): Promise<void> {
  let told = 0;
  for (const item of items) {
    if (told > 0 && told % TURN === 0) await new Promise((turn) => setImmediate(turn));
    tell(item);
    told++;
  }
}
