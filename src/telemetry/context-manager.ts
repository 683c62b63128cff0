import type { Context, ContextManager } from '@opentelemetry/api';
import type { Report } from '../delivery/report.js';
import { swallow } from '../emission/swallow.js';
import { isOutsideNow, outside } from './async-root.js';
import {
  BAGGAGE_KEY,
  CLOCK_KEY,
  heldByOurs,
  INSIDE_KEY,
  ROOT,
  SPAN_KEY,
  SUPPRESS_KEY,
  withValue,
} from './context.js';
import { registry } from './globals.js';

/** The active context. It is empty if there is no context manager, or if the manager throws. */
export function activeContext(report?: Report): Context {
  try {
    return usable(registry()?.context?.active());
  } catch (error) {
    report?.('context:active', ACTIVE_THREW, error);
    return ROOT;
  }
}

/** The root context of a manager. Undefined if going outside does not always give the same context. */
let known: { readonly manager: ContextManager; readonly root: Context | undefined } | undefined;

const PROBE = Symbol('signalbox.probe');

/**
 * A context in which nothing is active. It comes from the context manager, which may need contexts of its own making. If going
 * outside does not leave the caller's context, all known values of callers are removed from it.
 */
export function rootContext(report?: Report): Context {
  const manager = registry()?.context;
  if (!manager) return ROOT;
  // Each job asks for it, and going outside is expensive.
  if (known?.manager === manager && known.root) return known.root;
  try {
    const root = usable(bare(usable(outside(() => manager.active()))));
    if (known?.manager !== manager && !isOutsideNow())
      known = { manager, root: isAlwaysOutside(manager, root) ? root : undefined };
    return root;
  } catch (error) {
    report?.('context:active', ACTIVE_THREW, error);
    return ROOT;
  }
}

/** Whether going outside leaves a caller's context behind. Managers that follow no async resources stay in it. */
function isAlwaysOutside(manager: ContextManager, root: Context): boolean {
  const seen: boolean[] = [];
  const look = (): void => {
    seen.push(manager.active().getValue(PROBE) !== undefined);
    seen.push(outside(() => manager.active()).getValue(PROBE) !== undefined);
  };
  try {
    swallow(manager.with(root.setValue(PROBE, true), look));
  } catch {
    return false;
  }
  const [inside, out] = seen;
  return inside === true && out === false;
}

/** Runs `fn` once in `context`, whatever the context manager does. Errors of `fn` reach the caller. */
export function runIn<T>(context: Context, fn: () => T, report?: Report): T {
  const manager = registry()?.context;
  const own = manager && ofManager(context, report);
  if (!manager || !own) return fn();
  let ran = false;
  let outcome: { readonly value: T } | { readonly thrown: unknown } | undefined;
  const once = (): T | undefined => {
    if (ran) return undefined;
    ran = true;
    try {
      const value = fn();
      outcome = { value };
      return value;
    } catch (thrown) {
      outcome = { thrown };
      return undefined;
    }
  };
  try {
    const answer: unknown = manager.with(own, once);
    // A promise of `fn` belongs to the caller, who must see its rejection.
    if (!(outcome && 'value' in outcome && Object.is(outcome.value, answer))) swallow(answer);
  } catch (error) {
    // The context manager itself failed: fn may or may not have run.
    report?.('context:with', "the app's context manager threw in with()", error);
  }
  if (!ran) once();
  if (outcome && 'thrown' in outcome) throw outcome.thrown;
  return (outcome as { value: T }).value;
}

const ACTIVE_THREW = "the app's context manager threw in active(): no active span is seen";

function usable(found: Context | undefined): Context {
  if (typeof found?.getValue === 'function') return found;
  swallow(found);
  return ROOT;
}

/** Values of whoever happens to run, which must not get into a job. */
const OF_CALLERS = [SPAN_KEY, BAGGAGE_KEY, SUPPRESS_KEY, CLOCK_KEY, INSIDE_KEY];

function bare(context: Context): Context {
  let found = context;
  for (const key of OF_CALLERS) if (found.getValue(key) !== undefined) found = found.deleteValue(key);
  return found;
}

// A context of ours was made without a manager, or with one that gave none. Its values move to a context of the manager's own.
function ofManager(context: Context, report: Report | undefined): Context | undefined {
  try {
    const held = heldByOurs(context);
    if (!held) return context;
    let own = rootContext(report);
    for (const [key, value] of held) own = withValue(own, key, value);
    return heldByOurs(own) ? undefined : own;
  } catch (error) {
    report?.('context:active', ACTIVE_THREW, error);
    return undefined;
  }
}
