import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';

type Look = (result: { observe(value: number, attributes?: Attributes): void }) => Promise<void>;
type Watchable = Pick<ReturnType<Meter['createObservableGauge']>, 'addCallback' | 'removeCallback'>;

interface Shared {
  readonly looks: Set<Look>;
  readonly stop: () => void;
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
  let shared = ofMeter.get(instrument.name);
  if (!shared) {
    const looks = new Set<Look>();
    const merge = instrument.type === 'observableGauge' ? Math.max : (a: number, b: number) => a + b;
    const callback = (result: ObservableResult): Promise<void> => lookAll(looks, merge, result);
    const observable = create();
    observable.addCallback(callback);
    shared = { looks, stop: () => observable.removeCallback(callback) };
    ofMeter.set(instrument.name, shared);
  }
  const { looks, stop } = shared;
  looks.add(look);
  return () => {
    looks.delete(look);
    if (looks.size > 0 || ofMeter.get(instrument.name)?.looks !== looks) return;
    ofMeter.delete(instrument.name);
    stop();
  };
}

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

async function lookAll(
  looks: ReadonlySet<Look>,
  merge: (a: number, b: number) => number,
  result: ObservableResult,
): Promise<void> {
  const [only] = looks;
  if (looks.size <= 1) return only?.(result);
  const all = new Map<string, { readonly value: number; readonly attributes: Attributes }>();
  await Promise.all([...looks].map((look) => lookOne(look, merge, all)));
  for (const { value, attributes } of all.values()) result.observe(value, attributes);
}

async function lookOne(
  look: Look,
  merge: (a: number, b: number) => number,
  all: Map<string, { readonly value: number; readonly attributes: Attributes }>,
): Promise<void> {
  const own: typeof all = new Map();
  await look({
    observe: (value, attributes = {}) => own.set(keyOf(attributes), { value, attributes }),
  });
  for (const [key, { value, attributes }] of own) {
    const other = all.get(key);
    all.set(key, { value: other ? merge(other.value, value) : value, attributes });
  }
}

function keyOf(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
