import type { Context, ContextManager } from '@opentelemetry/api';
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import {
  AsyncHooksContextManager,
  AsyncLocalStorageContextManager,
} from '@opentelemetry/context-async-hooks';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, expect, test } from 'vitest';
import { resetOtel, startOtel } from '../support/otel.js';
import { CopyingManager } from '../telemetry/distributions/managers.js';

afterEach(resetOtel);

const TENANT = createContextKey('tenant');

/** One that an app has written: it follows nothing. */
class StackManager implements ContextManager {
  readonly #stack: Context[] = [];

  active(): Context {
    return this.#stack.at(-1) ?? ROOT_CONTEXT;
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    given: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    this.#stack.push(given);
    try {
      return fn.apply(thisArg, args);
    } finally {
      this.#stack.pop();
    }
  }
  bind<T>(_: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

test.each([
  ['AsyncLocalStorage', () => new AsyncLocalStorageContextManager()],
  ['async hooks', () => new AsyncHooksContextManager()],
  ['a stack', () => new StackManager()],
  ['copies', () => new CopyingManager()],
])(
  'attempt() - what one caller has in its context is in no job of the next, with a manager on %s',
  (_, manager) => {
    startOtel({ contextManager: manager().enable() });
    const queue = createJobs(createSignalbox()).queue('mail');
    const inJobOf = (tenant: string | undefined): unknown => {
      const run = (): unknown => {
        const attempt = queue.attempt({ job: { id: '1' }, number: 1 });
        const seen = attempt.run(() => context.active().getValue(TENANT));
        attempt.completed();
        return seen;
      };
      return tenant === undefined ? run() : context.with(context.active().setValue(TENANT, tenant), run);
    };
    for (const tenant of ['a', 'b', 'c', undefined]) expect([undefined, tenant]).toContain(inJobOf(tenant));
  },
);
