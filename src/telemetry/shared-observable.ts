import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';
import { swallow } from '../emission/swallow.js';

/** Receives the values of a look. A series that it once observed, and now neither observes nor calls unknown, has ended. */
interface LookResult {
  observe(value: number, attributes?: Attributes): void;
  // Missing if an older copy of the package made the callback.
  unknown?(attributes?: Attributes): void;
}

export type Look = (result: LookResult) => void | PromiseLike<void>;
type Watchable = Pick<ReturnType<Meter['createObservableGauge']>, 'addCallback' | 'removeCallback'>;

/** The last value of one series: observed just now; or held, because it is not known now; or ended. */
interface Told {
  readonly value: number;
  readonly attributes: Attributes;
  readonly held?: true;
  readonly ended?: true;
}

type AllTold = ReadonlyMap<string, Told>;

/** The parts of an instrument that matter when boxes share it. */
interface Observed {
  readonly name: string;
  readonly type: string;
  /** Whether the reader repeats the last value of a series for ever. Then an end must be observed too. */
  readonly remembered: boolean;
}

interface Shared {
  /** The looks, and what each of them last reported of its series. */
  readonly looks: Map<Look, AllTold>;
  /** What stays of looks that have gone: a counter must not fall when a box is shut down, and all else stays ended. */
  readonly gone: Map<string, Told>;
  /** Ends the callback, while there is one. */
  stop: () => void;
  /** Whether the callback stays when no look is left. */
  lasts?: boolean;
  /** Whether nobody has waited for the late values of the last collection. */
  isUnheard?: boolean;
}

const SHARED = Symbol.for('signalbox.observables.1');

/** Maximum number of ends that are remembered of one instrument: as many series as SDKs keep. */
const REMEMBERED = 2000;

/**
 * Observes an observable instrument of a meter. Boxes of one process that share a meter share its instruments. Of two callbacks that
 * observe the same attributes, the later would hide the earlier, and a counter that falls from one box's value to another's would
 * look like a reset. So there is one callback, which adds up what the boxes report (of gauges: the highest). Returns its undo.
 *
 * An SDK repeats the last value of a series for ever, however long ago it was observed. With such an SDK, an ended series is observed
 * as 0 from then on: nothing runs, waits or works here. An unknown value is not observed, and the last one stands.
 */
export function observeShared(
  meter: Meter,
  instrument: Observed,
  create: () => Watchable,
  look: Look,
): () => void {
  const ofMeter = sharedOf(meter);
  // Kept as long as the meter: a box that comes when all others have gone continues their counters.
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

// Observes known values before it returns, because some readers wait for no promise. It observes later values when they come, and
// observes nothing twice unless it changed.
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

/** Notices that somebody waits for it: `await` calls `then` if the class is not Promise itself. */
class Answer extends Promise<void> {
  shared: Shared | undefined;

  // biome-ignore lint/suspicious/noThenProperty: it is a promise.
  override then: Promise<void>['then'] = (...then) => {
    if (this.shared) this.shared.isUnheard = false;
    return super.then(...then);
  };
}

/** The observed instruments of a meter whose late values nobody waits for. Those values are lost. */
export function unheard(meter: Meter): string[] {
  return [...sharedOf(meter)].flatMap(([name, { isUnheard }]) => (isUnheard ? [name] : []));
}

/** The values of one look, beside those of the look before. */
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

  /** Reports a series whose value is not known. Without attributes: all series of the look before. */
  unknown = (attributes?: Attributes): void => {
    if (attributes) this.#unknown.add(keyOf(attributes));
    else this.#nothingKnown = true;
  };

  all(): AllTold {
    if (!this.#instrument.remembered) return new Map(this.#now);
    const all = new Map(this.#now);
    for (const [key, { value, attributes }] of this.#before) {
      if (all.has(key)) continue;
      // A counter ends only with the process.
      const isHeld =
        this.#nothingKnown || this.#unknown.has(key) || this.#instrument.type === 'observableCounter';
      if (isHeld) all.set(key, { value, attributes, held: true });
      else if (all.size < REMEMBERED) all.set(key, { value: 0, attributes, ended: true });
    }
    return all;
  }
}

/** The values to observe. */
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
  // If one box does not know a value, the end in another box must not be observed.
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
