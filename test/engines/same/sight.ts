import { expect } from 'vitest';

/** What code of an app sees of an engine, in order. */
export class Sight {
  readonly #seen: { readonly what: string; readonly value: unknown }[] = [];

  saw(what: string, value: unknown): void {
    this.#seen.push({ what, value });
  }

  /** A function that notes how it is called, and by that is called like the given one. */
  handler<F extends (...args: never[]) => unknown>(what: string, given: F): F {
    const sight = this;
    const noting = function (this: unknown, ...args: unknown[]): unknown {
      sight.saw(`${what} was called`, {
        arguments: args.length,
        this: shapeOf(this),
        each: args.map((arg) => shapeOf(arg)),
      });
      return Reflect.apply(given as unknown as (...args: unknown[]) => unknown, this, args);
    };
    return Object.defineProperties(noting, {
      name: { value: given.name },
      length: { value: given.length },
    }) as unknown as F;
  }

  /** The order in which many calls, all made in one turn, end; and how. */
  async order(what: string, calls: readonly (() => Promise<unknown>)[]): Promise<void> {
    const ended: string[] = [];
    await Promise.all(
      calls
        .map((call) => call())
        .map((promise, i) =>
          promise.then(
            (value) => ended.push(`${i}: ${kindOf(value)}`),
            (error: unknown) => ended.push(`${i}: ${String(error)}`),
          ),
        ),
    );
    this.saw(`the order of ${what}`, ended);
  }

  /** How many turns of the microtask queue a call takes whose answer is there at once, at most `most`. */
  async turns(what: string, call: () => unknown, most = 50): Promise<void> {
    const result = call();
    let ended = false;
    const end = (): void => {
      ended = true;
    };
    // Through its own `then`: `await` of a promise would be a turn as well.
    if (result instanceof Promise) result.then(end, end);
    else ended = true;
    let turns = 0;
    for (; !ended && turns < most; turns++) await undefined;
    this.saw(`${what} took turns`, { turns, isPromise: result instanceof Promise, shape: shapeOf(result) });
  }

  /** What an object shows of itself. */
  object(what: string, object: object): void {
    const inherited: string[] = [];
    for (const key in object) inherited.push(key);
    this.saw(what, {
      class: object.constructor?.name,
      keys: Object.keys(object),
      enumerable: inherited,
      copy: Object.keys({ ...object }),
    });
  }

  get seen(): readonly { readonly what: string; readonly value: unknown }[] {
    return this.#seen;
  }
}

/** An engine, raw and observed. */
export interface Sides<T> {
  readonly raw: () => T | Promise<T>;
  readonly observed: () => T | Promise<T>;
}

/** Runs the same code on both: it must see the same. */
export async function sameAsRaw<T>(
  { raw, observed }: Sides<T>,
  run: (given: T, sight: Sight) => Promise<void>,
): Promise<void> {
  const look = async (make: () => T | Promise<T>): Promise<Sight['seen']> => {
    const sight = new Sight();
    await run(await make(), sight);
    return sight.seen;
  };
  const expected = await look(raw);
  expect(expected).not.toEqual([]);
  expect(await look(observed)).toEqual(expected);
}

/** What a value looks like to code that does not know it: its ids and moments differ from run to run. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => shapeOf(one));
  if (typeof value === 'function') return { function: value.name, length: value.length };
  if (typeof value !== 'object' || value === null) return kindOf(value);
  return { class: value.constructor?.name, keys: Object.keys(value) };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `${value.length} values`;
  return typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
}
