import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';
import { swallow } from '../emission/swallow.js';

/** What a look tells. A series that it told once, and neither observes nor calls unknown, has ended. */
interface LookResult {
  observe(value: number, attributes?: Attributes): void;
  // Not there where an older copy of the package looks.
  unknown?(attributes?: Attributes): void;
}

export type Look = (result: LookResult) => void | PromiseLike<void>;
type Watchable = Pick<ReturnType<Meter['createObservableGauge']>, 'addCallback' | 'removeCallback'>;

/** What was told of one series: just now, or earlier and it can not be told now, or it has ended. */
interface Told {
  readonly value: number;
  readonly attributes: Attributes;
  readonly held?: true;
  readonly ended?: true;
}

type AllTold = ReadonlyMap<string, Told>;

/** An instrument, as far as it matters how boxes share it. */
interface Observed {
  readonly name: string;
  readonly type: string;
  /** Whether who collects tells the last value of a series for ever: then an end has to be observed too. */
  readonly remembered: boolean;
}

interface Shared {
  /** What looks, and what each told of its series last. */
  readonly looks: Map<Look, AllTold>;
  /** What stays of those who have gone: a counter may not fall when a box is shut down, and of all else the end is told on. */
  readonly gone: Map<string, Told>;
  /** Ends the callback, while there is one. */
  stop: () => void;
  /** Whether the callback stays when nothing looks any more. */
  lasts?: boolean;
  /** What was told late last: nobody waits for it so far. */
  isUnheard?: boolean;
}

const SHARED = Symbol.for('signalbox.observables.1');

/** Ends that are remembered of one instrument: as many series as SDKs keep. */
const REMEMBERED = 2000;

/**
 * Has an observable instrument of a meter looked at. Boxes of one process that share a meter share its instruments: of two callbacks
 * that tell of the same attributes the later one would hide the other, and a counter that falls from one box's value to another's is taken
 * for one that was reset. So there is one callback, which adds up what the boxes tell (of gauges: the highest). Returns its undo.
 *
 * An SDK tells the last value of a series for ever, however long ago it was observed. Where it does, what has ended is observed as 0 from
 * then on: nothing runs, waits or works here. What can not be told is not observed at all, and its last value stands.
 */
export function observeShared(
  meter: Meter,
  instrument: Observed,
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
  if (looks.size === 0 && !shared.lasts) {
    const callback = (result: ObservableResult): void | Promise<void> => lookAll(shared, instrument, result);
    const observable = create();
    swallow(observable.addCallback(callback));
    shared.stop = () => swallow(observable.removeCallback(callback));
  }
  looks.set(look, new Map());
  return () => {
    const last = looks.get(look);
    if (!looks.delete(look)) return;
    const isCounter = instrument.type === 'observableCounter';
    if (last && isCounter) mergeInto(gone, last, add);
    if (last && !isCounter && instrument.remembered) endIn(gone, last);
    shared.lasts = !isCounter && instrument.remembered && gone.size > 0;
    if (looks.size === 0 && !shared.lasts) shared.stop();
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
function lookAll(shared: Shared, instrument: Observed, result: ObservableResult): void | Promise<void> {
  const { looks, gone } = shared;
  const observed = new Map<string, number>();
  const tell = (): void => {
    for (const [key, { value, attributes }] of merged(gone, looks.values(), instrument)) {
      if (observed.get(key) === value) continue;
      observed.set(key, value);
      swallow(result.observe(value, attributes));
    }
  };
  const late: PromiseLike<void>[] = [];
  for (const [look, before] of [...looks]) {
    const found = new Findings(before, instrument);
    const keep = (): void => {
      if (looks.has(look)) looks.set(look, found.all());
    };
    const looking = look(found);
    keep();
    if (looking) late.push(looking.then(keep));
  }
  tell();
  if (late.length === 0) return undefined;
  const told = Promise.allSettled(late).then((settled) => {
    tell();
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  });
  shared.isUnheard = true;
  const answer = new Answer((resolve) => resolve(told));
  answer.shared = shared;
  return answer;
}

/** Hears that somebody waits for it, for `await` calls `then` where the class is not Promise itself. */
class Answer extends Promise<void> {
  shared: Shared | undefined;

  // biome-ignore lint/suspicious/noThenProperty: it is a promise.
  override then: Promise<void>['then'] = (...then) => {
    if (this.shared) this.shared.isUnheard = false;
    return super.then(...then);
  };
}

/** The observed instruments of a meter whose late values nobody waits for: they are lost. */
export function unheard(meter: Meter): string[] {
  return [...sharedOf(meter)].flatMap(([name, { isUnheard }]) => (isUnheard ? [name] : []));
}

/** What one look finds, beside what it told before. */
class Findings implements Required<LookResult> {
  readonly #before: AllTold;
  readonly #instrument: Observed;
  readonly #now = new Map<string, Told>();
  readonly #unknown = new Set<string>();
  #nothingKnown = false;

  constructor(before: AllTold, instrument: Observed) {
    this.#before = before;
    this.#instrument = instrument;
  }

  observe = (value: number, attributes: Attributes = {}): void => {
    this.#now.set(keyOf(attributes), { value, attributes });
  };

  /** There is a value and it can not be told; without attributes: of all that it told before. */
  unknown = (attributes?: Attributes): void => {
    if (attributes) this.#unknown.add(keyOf(attributes));
    else this.#nothingKnown = true;
  };

  all(): AllTold {
    if (!this.#instrument.remembered) return new Map(this.#now);
    const all = new Map(this.#now);
    for (const [key, { value, attributes }] of this.#before) {
      if (all.has(key)) continue;
      // A counter has no end but the process's.
      const isHeld =
        this.#nothingKnown || this.#unknown.has(key) || this.#instrument.type === 'observableCounter';
      if (isHeld) all.set(key, { value, attributes, held: true });
      else if (all.size < REMEMBERED) all.set(key, { value: 0, attributes, ended: true });
    }
    return all;
  }
}

/** What is to be told of each series. */
function merged(gone: AllTold, each: Iterable<AllTold>, { type }: Observed): AllTold {
  const isGauge = type === 'observableGauge';
  const all = new Map(gone);
  const told = new Set<string>();
  const held = new Set<string>();
  for (const one of each) {
    for (const [key, { held: isHeld, ended }] of one) {
      if (!isHeld && !ended) told.add(key);
      else if (isHeld && isGauge) held.add(key);
    }
    const known = isGauge ? new Map([...one].filter(([, { held: isHeld }]) => !isHeld)) : one;
    mergeInto(all, known, isGauge ? Math.max : add);
  }
  // Where one can not tell, that another has ended is no news.
  for (const key of held) if (!told.has(key)) all.delete(key);
  return all;
}

function mergeInto(all: Map<string, Told>, told: AllTold, merge: (a: number, b: number) => number): void {
  for (const [key, { value, attributes }] of told) {
    const other = all.get(key);
    all.set(key, { value: other ? merge(other.value, value) : value, attributes });
  }
}

function endIn(gone: Map<string, Told>, told: AllTold): void {
  for (const [key, { attributes }] of told) {
    if (gone.size < REMEMBERED) gone.set(key, { value: 0, attributes });
  }
}

function keyOf(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
