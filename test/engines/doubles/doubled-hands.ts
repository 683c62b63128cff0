import { EventEmitter } from 'node:events';
import sinon from 'sinon';
import { vi } from 'vitest';
import type { Hands } from '../conformance/hands.js';
import type { Double, Pair, Seen } from './double.js';
import { assign, doubleOf, put } from './double.js';

/** The doubles of one method of one object. */
interface Doubled {
  readonly what: string;
  readonly name: string;
  readonly object: object;
  beneath: Double | undefined;
  over: Double | undefined;
  /** What the app itself called: the last thing that was put in its place. */
  calls: Double | undefined;
  /** How many calls the one beneath had seen when the others came. */
  seenBefore: number;
}

/** Hands that put doubles on all methods of whatever they hold. */
export class DoubledHands implements Hands {
  /** Methods whose promise is not the engine's own, but gives the same. */
  readonly #derived: ReadonlySet<string>;
  /** Set before each scenario. */
  pair: Pair = { beneath: 'nothing', over: 'nothing' };
  #sandbox = sinon.createSandbox();
  readonly #doubled = new Map<object, Map<string, Doubled>>();
  readonly #held: { readonly what: string; readonly given: object }[] = [];
  readonly #found: string[] = [];

  constructor(derived: readonly string[] = []) {
    this.#derived = new Set(derived);
  }

  beneath<T extends object>(what: string, given: T): T {
    this.#held.push({ what, given });
    for (const name of methodsOf(given))
      this.#of(what, given, name).beneath = put(this.pair.beneath, given, name, this.#sandbox);
    return given;
  }

  over<T extends object>(what: string, observed: T): T {
    const before = this.#held.filter((held) => held.what === what).at(-1);
    if (before && before.given !== observed)
      this.#found.push(`the ${what} that was observed is not the ${what} that was given`);
    // A job may be found more than once.
    if (this.#doubled.get(observed)?.values().next().value?.over) return observed;
    this.#lay(what, observed, (name, double) => {
      const lost = double?.readBack(Reflect.get(observed, name));
      if (lost) this.#found.push(`${what}.${name}: ${lost}`);
    });
    return observed;
  }

  through<T extends object>(what: string, view: T): T {
    // What is put there is read as an observed one.
    this.#lay(what, view, () => undefined);
    return view;
  }

  handler<F extends (...args: never[]) => unknown>(_what: string, given: F): F {
    return doubleOf(this.pair.beneath, given);
  }

  /** How many calls of the app the doubles were compared by. */
  get calls(): number {
    return this.#all().reduce((sum, { calls }) => sum + (calls?.seen()?.length ?? 0), 0);
  }

  /** Sentences about what the doubles saw, and is not what the app and the engine did. Takes all doubles away. */
  async verdict(): Promise<readonly string[]> {
    const sentences = [...this.#found.splice(0)];
    for (const doubled of this.#all()) {
      const isDerived = this.#derived.has(`${doubled.what}.${doubled.name}`);
      sentences.push(...compared(doubled, isDerived ? await givenBy(doubled) : (call) => call.result));
    }
    this.#doubled.clear();
    this.#held.splice(0);
    vi.restoreAllMocks();
    const sandbox = this.#sandbox;
    this.#sandbox = sinon.createSandbox();
    try {
      sandbox.restore();
    } catch (error) {
      sentences.push(`the doubles of sinon can not be taken away: ${String(error)}`);
    }
    return [...new Set(sentences)];
  }

  #lay(what: string, object: object, look: (name: string, double: Double | undefined) => void): void {
    for (const name of methodsOf(object)) {
      const doubled = this.#of(what, object, name);
      if (doubled.beneath?.isSpy) look(name, doubled.beneath);
      doubled.over = put(this.pair.over, object, name, this.#sandbox);
      look(name, doubled.over);
      doubled.seenBefore = doubled.beneath?.seen()?.length ?? 0;
      doubled.calls = assign(object as never, name);
    }
  }

  #all(): Doubled[] {
    return [...this.#doubled.values()].flatMap((methods) => [...methods.values()]);
  }

  #of(what: string, object: object, name: string): Doubled {
    let methods = this.#doubled.get(object);
    if (!methods) {
      methods = new Map();
      this.#doubled.set(object, methods);
    }
    let doubled = methods.get(name);
    if (!doubled) {
      doubled = { what, name, object, beneath: undefined, over: undefined, calls: undefined, seenBefore: 0 };
      methods.set(name, doubled);
    }
    return doubled;
  }
}

type ResultOf = (call: Seen) => unknown;

/** What the promises that calls returned gave. */
async function givenBy({ beneath, calls }: Doubled): Promise<ResultOf> {
  const given = new Map<unknown, unknown>();
  for (const { result } of [...(beneath?.seen() ?? []), ...(calls?.seen() ?? [])])
    given.set(result, await Promise.resolve(result).catch((error: unknown) => error));
  return ({ result }) => given.get(result);
}

function* compared(
  { what, name, beneath, over, calls, seenBefore }: Doubled,
  resultOf: ResultOf,
): Generator<string> {
  const app = calls?.seen() ?? [];
  const spied = over?.seen();
  if (spied) {
    if (spied.length !== app.length)
      yield `${what}.${name}: the spy over it saw ${spied.length} calls, not ${app.length}`;
    for (const [i, call] of app.entries()) {
      const seen = spied[i];
      if (!seen) continue;
      if (!isSame(seen.args, call.args))
        yield `${what}.${name}: the spy over it saw other arguments than the app's own`;
      yield* sameSelf(`${what}.${name}: the spy over it`, seen, call);
      if (!Object.is(seen.result, call.result))
        yield `${what}.${name}: the spy over it saw another result than the app`;
    }
  }
  const engine = beneath?.seen()?.slice(seenBefore);
  if (!engine) return;
  let next = 0;
  for (const call of app) {
    const at = engine.findIndex((seen, i) => i >= next && Object.is(resultOf(seen), resultOf(call)));
    const seen = engine[at];
    if (!seen) {
      yield `${what}.${name}: the app did not get the engine's own result`;
      continue;
    }
    next = at + 1;
    yield* sameSelf(`${what}.${name}: the spy beneath it`, seen, call);
    if (!call.args.every((arg, i) => holds(seen.args[i], arg)))
      yield `${what}.${name}: the spy beneath it saw less than what the app gave`;
  }
}

function* sameSelf(who: string, seen: Seen, call: Seen): Generator<string> {
  if (seen.self !== call.self) yield `${who} saw another object as this`;
}

function isSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((one, i) => Object.is(one, others[i]));
}

/** Whether what reached the engine is what the app gave, or that with something of ours in it; a function may be an observed one. */
function holds(reached: unknown, given: unknown): boolean {
  if (Object.is(reached, given)) return true;
  if (typeof given === 'function') return typeof reached === 'function' && reached.length === given.length;
  if (typeof given !== 'object' || given === null) return given === undefined;
  if (typeof reached !== 'object' || reached === null) return false;
  return Object.entries(given).every(([key, value]) => holds(Reflect.get(reached, key), value));
}

/** What an object of an engine can do: the methods of its classes, or the functions of one that has no class. */
function methodsOf(object: object): readonly string[] {
  const classes: object[] = [];
  for (
    let at = Object.getPrototypeOf(object) as object | null;
    at && at !== Object.prototype && at !== EventEmitter.prototype;
    at = Object.getPrototypeOf(at) as object | null
  )
    classes.push(at);
  const names = new Set<string>();
  for (const at of classes.length > 0 ? classes : [object])
    for (const [name, { value, writable }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === 'function' && writable && name !== 'constructor') names.add(name);
  // How it tells of events is not what is observed; doubles of it would see the engine talk to itself.
  for (const name of Object.getOwnPropertyNames(EventEmitter.prototype)) names.delete(name);
  return [...names];
}
