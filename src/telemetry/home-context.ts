import type { Context, ContextManager } from '@opentelemetry/api';
import { timed } from '../delivery/event-loop-turn.js';
import { swallow } from '../emission/swallow.js';
import { asyncHooks } from './async-hooks.js';
import { SPAN_KEY } from './context.js';
import { registry } from './globals.js';

/**
 * The async context in which a box was made. What the box runs later (sinks, exporters, what is observed, its timers) runs there, whoever
 * emitted: the context of an emit is of no use to the work of others, and must not be kept for as long as that goes on.
 *
 * Where there is no AsyncLocalStorage that can tell, all runs where it is called.
 */
export class Home {
  readonly #snapshot: (<T>(fn: () => T) => T) | undefined;
  readonly #scoped: <T>(fn: () => T) => T;
  readonly #manager: ContextManager | undefined;
  readonly #context: Context | undefined;
  #here = false;

  constructor() {
    const hooks = asyncHooks();
    // Neither enables an AsyncLocalStorage, which would make each promise of the app dearer.
    this.#snapshot = snapshotOf(hooks?.AsyncLocalStorage);
    const Resource = hooks?.AsyncResource;
    this.#scoped =
      this.#snapshot && typeof Resource === 'function'
        ? (fn) => new Resource('SIGNALBOX').runInAsyncScope(fn)
        : (fn) => fn();
    this.#manager = registry()?.context;
    this.#context = spanless(this.#manager);
  }

  /** Runs work of the box there: timers that it sets and promises that it makes belong there. */
  run<T>(fn: () => T): T {
    if (this.#here || !this.#snapshot) return fn();
    return this.#snapshot(() => {
      this.#here = true;
      try {
        return fn();
      } finally {
        this.#here = false;
      }
    });
  }

  /** Runs a function of the app's there, in a scope of its own: where it enters a context and does not leave it, the next call is not in it. */
  call<T>(fn: () => T): T {
    // Mostly it is there already: queues are emptied there.
    return this.#here || !this.#snapshot ? this.#call(fn) : this.run(() => this.#call(fn));
  }

  #call<T>(fn: () => T): T {
    return this.#scoped(() => {
      const here = this.#here;
      // It may call back into the box from any context.
      this.#here = false;
      try {
        return timed(fn);
      } finally {
        this.#here = here;
      }
    });
  }

  /** OpenTelemetry's context there, without a span; none where there is no context manager, or one that gives none. To be asked inside of `call`. */
  context(): Context | undefined {
    const manager = registry()?.context;
    // Managers that know async resources by their hooks alone do not see that we are elsewhere: what they said then holds.
    return manager && manager === this.#manager ? this.#context : spanless(manager);
  }
}

function snapshotOf(
  storage: { snapshot?(): <T>(fn: () => T) => T } | undefined,
): (<T>(fn: () => T) => T) | undefined {
  try {
    return storage?.snapshot?.();
  } catch {
    return undefined;
  }
}

function spanless(manager: ContextManager | undefined): Context | undefined {
  try {
    const active = manager?.active();
    if (typeof active?.getValue !== 'function') {
      swallow(active);
      return undefined;
    }
    return active.getValue(SPAN_KEY) === undefined ? active : active.deleteValue(SPAN_KEY);
  } catch {
    return undefined;
  }
}
