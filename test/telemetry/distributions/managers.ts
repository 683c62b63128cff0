import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, ContextManager, TextMapPropagator } from '@opentelemetry/api';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

/** A context of a vendor's own: it has more to it than the api's, and the vendor's code needs that of whatever is active. */
export class VendorContext implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>;
  readonly transaction: string | undefined;

  constructor(values: ReadonlyMap<symbol, unknown> = new Map(), transaction?: string) {
    this.#values = values;
    this.transaction = transaction;
  }
  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }
  setValue(key: symbol, value: unknown): VendorContext {
    return new VendorContext(new Map(this.#values).set(key, value), this.transaction);
  }
  deleteValue(key: symbol): VendorContext {
    const values = new Map(this.#values);
    values.delete(key);
    return new VendorContext(values, this.transaction);
  }
  enterTransaction(name: string): VendorContext {
    return new VendorContext(this.#values, name);
  }
}

/** Hands out contexts of its own class and needs them back. */
export class VendorManager implements ContextManager {
  readonly #store = new AsyncLocalStorage<Context>();

  active(): VendorContext {
    return (this.#store.getStore() as VendorContext | undefined) ?? new VendorContext();
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#store.run(context, () => fn.apply(thisArg, args)) as ReturnType<F>;
  }
  bind<T>(_context: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

/** As New Relic's: knows the api's root by the name of its class, and takes what is active in its place. */
export function vendorPropagator(manager: ContextManager, inner: TextMapPropagator): TextMapPropagator {
  const own = (context: Context): Context =>
    context.constructor.name === 'BaseContext' ? manager.active() : context;
  return {
    inject: (context, carrier, setter) => inner.inject(own(context), carrier, setter),
    extract: (context, carrier, getter) => inner.extract(own(context), carrier, getter),
    fields: () => inner.fields(),
  };
}

/** The api's manager, which takes contexts of the given class alone and keeps those that it would not. */
export class StrictManager extends AsyncLocalStorageContextManager {
  readonly foreign: Context[] = [];
  taken = 0;

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    if (!(context instanceof ROOT_CONTEXT.constructor)) {
      this.foreign.push(context);
      throw new TypeError('a context of a class that nobody here made');
    }
    this.taken++;
    return super.with(context, fn, thisArg, ...args);
  }
}

/** As Sentry's: makes a copy active, never the context that it was given. */
export class CopyingManager extends AsyncLocalStorageContextManager {
  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return super.with(context.setValue(Symbol.for('vendor.scopes'), {}), fn, thisArg, ...args);
  }
}
