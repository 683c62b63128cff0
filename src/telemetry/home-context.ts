import type { Context, ContextManager } from '@opentelemetry/api';
import { timed } from '../delivery/event-loop-turn.js';
import { swallow } from '../emission/swallow.js';
import { asyncHooks } from './async-hooks.js';
import { SPAN_KEY } from './context.js';
import { registry } from './globals.js';

/**
 * The async context in which a box was made. All that the box runs later (sinks, exporters, callbacks of observable instruments, its
 * timers) runs there, whoever emitted. The context of an emit means nothing to that work, and must not stay in memory for as long as
 * the work goes on.
 *
 * Without an AsyncLocalStorage that takes snapshots, everything runs where it is called.
 */
export class Home {
  readonly #snapshot: (<T>(fn: () => T) => T) | undefined;
  readonly #scoped: <T>(fn: () => T) => T;
  readonly #manager: ContextManager | undefined;
  readonly #context: Context | undefined;
  #here = false;

  constructor() {
    const hooks = asyncHooks();
    // Neither of the two enables an AsyncLocalStorage, which would make each promise of the app slower.
    this.#snapshot = snapshotOf(hooks?.AsyncLocalStorage);
    const Resource = hooks?.AsyncResource;
    this.#scoped =
      this.#snapshot && typeof Resource === 'function'
        ? (fn) => new Resource('SIGNALBOX').runInAsyncScope(fn)
        : (fn) => fn();
    this.#manager = registry()?.context;
    this.#context = spanless(this.#manager);
  }

  /** Runs work of the box there. Timers and promises that it makes belong there too. */
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

  /**
   * Runs a function of the app's there, in a scope of its own. If it enters a context and does not leave it, the next call is not
   * affected.
   */
  call<T>(fn: () => T): T {
    // Mostly the caller is there already, because queues are emptied there.
    return this.#here || !this.#snapshot ? this.#call(fn) : this.run(() => this.#call(fn));
  }

  #call<T>(fn: () => T): T {
    return this.#scoped(() => {
      const here = this.#here;
      // The function may call back into the box from any context.
      this.#here = false;
      try {
        return timed(fn);
      } finally {
        this.#here = here;
      }
    });
  }

  /**
   * OpenTelemetry's context there, without a span. Undefined if there is no context manager, or if it gives none. Call it inside of
   * `call`.
   */
  context(): Context | undefined {
    const manager = registry()?.context;
    // A manager that knows async resources only by hooks does not notice that we are elsewhere. Its context from construction applies.
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
