import { swallow } from '../emission/swallow.js';
import { SCOPE } from './scope.js';

/** A proxy that was handed out before the SDK started. It stands for its current delegate, or for nothing. */
interface Proxied<P> {
  getDelegate?(): P;
  _getDelegate?(): P;
}

/** One kind of provider: the one that was handed over or the global one, and the handle made from it. */
export class ProviderSource<P extends object, H> {
  given: P | undefined;
  /** The provider in use. It is no no-op, as far as we can tell. */
  provider: P | undefined;
  handle: H | undefined;
  readonly #make: (provider: P) => H | undefined;
  readonly #usable = new WeakMap<object, boolean>();
  // What the last look found, and what was behind it. While both stay the same, so does the result.
  #seenGiven: P | undefined;
  #behindGiven: P | undefined;
  #seenGlobal: P | undefined;
  #behindGlobal: P | undefined;

  constructor(make: (provider: P) => H | undefined) {
    this.#make = make;
  }

  /** Looks again. True if another provider is used from now on. */
  look(global: P | undefined): boolean {
    const { given } = this;
    const behindGiven = behind(given);
    const behindGlobal = behind(global);
    if (
      given === this.#seenGiven &&
      global === this.#seenGlobal &&
      behindGiven === this.#behindGiven &&
      behindGlobal === this.#behindGlobal
    )
      return false;
    this.#seenGiven = given;
    this.#behindGiven = behindGiven;
    this.#seenGlobal = global;
    this.#behindGlobal = behindGlobal;
    const provider = this.#real(behindGiven, given) ?? this.#real(behindGlobal, global);
    if (provider === this.provider) return false;
    this.provider = provider;
    this.handle = provider && guarded(() => this.#make(provider));
    return true;
  }

  // Judged by behaviour, because minifiers rename classes: a real provider makes different objects for different scopes.
  #real(provider: P | undefined, found: P | undefined): P | undefined {
    if (!provider) return undefined;
    // An app that registers a provider without a proxy means it to be used. For metrics it may be the api's own no-op provider, so we
    // probe it.
    if (provider === found && !('getMeter' in provider)) return provider;
    let usable = this.#usable.get(provider);
    if (usable === undefined) {
      usable = guarded(() => probe(provider as Probed)) ?? true;
      this.#usable.set(provider, usable);
    }
    return usable ? provider : undefined;
  }
}

// A proxy that throws counts as no provider, and the search goes on.
function behind<P extends object>(provider: P | undefined): P | undefined {
  if (!provider) return undefined;
  try {
    const proxy = provider as Proxied<P>;
    return proxy.getDelegate?.() ?? proxy._getDelegate?.() ?? provider;
  } catch {
    return undefined;
  }
}

interface Probed {
  getMeter?(name: string): object;
}

function probe(provider: Probed): boolean {
  if (provider.getMeter) {
    const made = [provider.getMeter(SCOPE.name), provider.getMeter(`${SCOPE.name}.probe`)];
    made.forEach(swallow);
    return made[0] !== made[1];
  }
  // The api's own no-op tracer and logger providers hold nothing and have nothing to flush.
  return 'forceFlush' in provider || 'shutdown' in provider || Object.keys(provider).length > 0;
}

function guarded<T>(fn: () => T | undefined): T | undefined {
  try {
    const made = fn();
    swallow(made);
    return made;
  } catch {
    return undefined;
  }
}
