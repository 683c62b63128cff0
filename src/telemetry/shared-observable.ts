import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';
import { swallow } from '../delivery/guard.js';

type Look = (result: { observe(value: number, attributes?: Attributes): void }) => void | PromiseLike<void>;
type Watchable = Pick<ReturnType<Meter['createObservableGauge']>, 'addCallback' | 'removeCallback'>;

interface Told {
  readonly value: number;
  readonly attributes: Attributes;
}

interface Shared {
  /** What looks, and what each told last. */
  readonly looks: Map<Look, Map<string, Told>>;
  /** Of a counter, what those told who have gone: it may not fall when a box is shut down. */
  readonly gone: Map<string, Told>;
  /** Ends the callback, while there is one: while something looks. */
  stop: () => void;
}

const SHARED = Symbol.for('signalbox.observables.1');

/**
 * Has an observable instrument of a meter looked at. Boxes of one process that share a meter share its instruments: of two callbacks
 * that tell of the same attributes the later one would hide the other, and a counter that falls from one box's value to another's is taken
 * for one that was reset. So there is one callback, which adds up what the boxes tell (of gauges: the highest). Returns its undo.
 */
export function observeShared(
  meter: Meter,
  instrument: { readonly name: string; readonly type: string },
  create: () => Watchable,
  look: Look,
): () => void {
  const ofMeter = sharedOf(meter);
  // Kept as long as the meter: a box that comes when all others have gone goes on with their counters.
  const shared: Shared = ofMeter.get(instrument.name) ?? {
    looks: new Map(),
    gone: new Map(),
    stop: () => undefined,
  };
  ofMeter.set(instrument.name, shared);
  const { looks, gone } = shared;
  if (looks.size === 0) {
    const merge = instrument.type === 'observableGauge' ? Math.max : add;
    const callback = (result: ObservableResult): void | Promise<void> => lookAll(looks, gone, merge, result);
    const observable = create();
    swallow(observable.addCallback(callback));
    shared.stop = () => swallow(observable.removeCallback(callback));
  }
  looks.set(look, new Map());
  return () => {
    const last = looks.get(look);
    if (!looks.delete(look)) return;
    if (last && instrument.type === 'observableCounter') mergeInto(gone, last, add);
    if (looks.size === 0) shared.stop();
  };
}

const add = (a: number, b: number): number => a + b;

/** Shared by all copies of the package. */
function sharedOf(meter: Meter): Map<string, Shared> {
  const holder = globalThis as { [SHARED]?: WeakMap<Meter, Map<string, Shared>> };
  holder[SHARED] ??= new WeakMap();
  let ofMeter = holder[SHARED].get(meter);
  if (!ofMeter) {
    ofMeter = new Map();
    holder[SHARED].set(meter, ofMeter);
  }
  return ofMeter;
}

// What can be told at once is told before this returns: some readers wait for no promise. What comes later is told then, and nothing a
// second time but what that changes.
function lookAll(
  looks: Shared['looks'],
  gone: Shared['gone'],
  merge: (a: number, b: number) => number,
  result: ObservableResult,
): void | Promise<void> {
  const observed = new Map<string, number>();
  const tell = (each: Iterable<ReadonlyMap<string, Told>>): void => {
    const all = new Map(gone);
    for (const told of each) mergeInto(all, told, merge);
    for (const [key, { value, attributes }] of all) {
      if (observed.get(key) === value) continue;
      observed.set(key, value);
      swallow(result.observe(value, attributes));
    }
  };
  const atOnce: ReadonlyMap<string, Told>[] = [];
  const late: PromiseLike<void>[] = [];
  for (const look of [...looks.keys()]) {
    const told = new Map<string, Told>();
    const keep = (): void => {
      if (looks.has(look)) looks.set(look, told);
    };
    const looking = look({
      observe: (value, attributes = {}) => void told.set(keyOf(attributes), { value, attributes }),
    });
    if (looking) late.push(looking.then(keep));
    else keep();
    atOnce.push(told);
  }
  tell(atOnce);
  if (late.length === 0) return undefined;
  return Promise.allSettled(late).then((settled) => {
    tell(looks.values());
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  });
}

function mergeInto(
  all: Map<string, Told>,
  told: ReadonlyMap<string, Told>,
  merge: (a: number, b: number) => number,
): void {
  for (const [key, { value, attributes }] of told) {
    const other = all.get(key);
    all.set(key, { value: other ? merge(other.value, value) : value, attributes });
  }
}

function keyOf(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
