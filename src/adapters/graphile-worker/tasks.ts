import { claim, observers } from '../common/claim.js';
import { over } from '../common/function-proxy.js';
import { isTaking, runOf } from './running-jobs.js';

type AnyTask = (this: unknown, ...args: never[]) => unknown;

/** The owner of observed tasks and lists. A task looks up its attempt when it is called, so it does not matter whose adapter observed it. */
const OWNER = {};

const observedTasks = new WeakMap<object, unknown>();
const observedLists = new WeakMap<object, object>();

/** Called when a task is called and no attempt is known: with the helpers of the call. */
export type Unheard = (helpers: unknown) => void;

/** The task, observed: it runs in the context of its attempt. A task that is observed already stays as it is. */
export function observeTask<T extends AnyTask>(task: T, unheard?: Unheard): T {
  if (observers().has(task)) return task;
  const found = observedTasks.get(task) as T | undefined;
  if (found) return found;
  const observed = over(task, (call, args) => {
    const run = runOf(args[1]);
    if (!run) unheard?.(args[1]);
    return run ? run.enter(call, args) : call(...args);
  });
  claim(observed, OWNER);
  observedTasks.set(task, observed);
  return observed;
}

/**
 * A view of a task list in which each task is observed. The list is the app's own and stays as it is, and the view follows its later changes. A task
 * that is put into the view goes to the list. A value that is no function stays, and the engine complains of it.
 */
export function observeTasks<T extends object>(tasks: T, unheard?: Unheard): T {
  if (observers().has(tasks)) return tasks;
  const found = observedLists.get(tasks) as T | undefined;
  if (found) return found;
  const view = viewOf(tasks, unheard);
  claim(view, OWNER);
  observedLists.set(tasks, view);
  return view;
}

function viewOf<T extends object>(tasks: T, unheard: Unheard | undefined): T {
  // A proxy over a frozen list could only show the list's own values, so the target is another object. If somebody freezes the view, that object
  // takes what the view shows.
  const fixed = {} as T;
  let shown = tasks;
  // Tasks that were put into the view, with their keys. The view returns them as they are, except to the engine.
  const put = new WeakMap<object, Set<PropertyKey>>();
  // The list's own task by the observed one that the view returned: a test that puts that back gives the list its own.
  const beneath = new WeakMap<object, AnyTask>();

  const observed = (value: unknown): unknown => {
    if (!isTask(value)) return value;
    const task = observeTask(value, unheard);
    if (task !== value) beneath.set(task, value);
    return task;
  };
  const seen = (key: PropertyKey, value: unknown): unknown => {
    if (!isTask(value) || !Object.hasOwn(shown, key)) return value;
    return put.get(value)?.has(key) && !isTaking(key) ? value : observed(value);
  };
  const stored = (key: PropertyKey): unknown => Reflect.getOwnPropertyDescriptor(shown, key)?.value;
  const write = (key: PropertyKey, value: unknown, into: (own: unknown) => boolean): boolean => {
    const own = isTask(value) ? (beneath.get(value) ?? value) : value;
    if (!into(own)) return false;
    if (!isTask(own)) return true;
    if (own === value) put.set(own, (put.get(own) ?? new Set()).add(key));
    else put.get(own)?.delete(key);
    return true;
  };
  // A property that can not be shown as another value later is observed at once.
  const fixedly = (key: PropertyKey, descriptor: PropertyDescriptor): PropertyDescriptor =>
    shown === fixed && descriptor.writable === false
      ? { ...descriptor, value: observed('value' in descriptor ? descriptor.value : stored(key)) }
      : descriptor;

  return new Proxy(fixed, {
    get: (_, key) => seen(key, Reflect.get(shown, key)),
    set: (_, key, value) => write(key, value, (own) => Reflect.set(shown, key, own)),
    has: (_, key) => Reflect.has(shown, key),
    ownKeys: () => Reflect.ownKeys(shown),
    deleteProperty: (_, key) => {
      const value = stored(key);
      const isGone = Reflect.deleteProperty(shown, key);
      if (isGone && isTask(value)) put.get(value)?.delete(key);
      return isGone;
    },
    getPrototypeOf: () => Reflect.getPrototypeOf(shown),
    getOwnPropertyDescriptor: (_, key) => {
      const own = Reflect.getOwnPropertyDescriptor(shown, key);
      const described = own && 'value' in own ? { ...own, value: seen(key, own.value) } : own;
      return described && shown === tasks ? { ...described, configurable: true } : described;
    },
    defineProperty: (_, key, descriptor) => {
      const define = (given: PropertyDescriptor): boolean =>
        Reflect.defineProperty(shown, key, fixedly(key, given));
      if (!('value' in descriptor)) return define(descriptor);
      return write(key, descriptor.value, (value) => define({ ...descriptor, value }));
    },
    preventExtensions: () => {
      if (shown !== fixed) {
        const all = Object.getOwnPropertyDescriptors(tasks) as Record<PropertyKey, PropertyDescriptor>;
        Object.setPrototypeOf(fixed, Reflect.getPrototypeOf(tasks));
        shown = fixed;
        for (const key of Reflect.ownKeys(all))
          Object.defineProperty(fixed, key, fixedly(key, all[key] as PropertyDescriptor));
      }
      return Reflect.preventExtensions(fixed);
    },
  });
}

function isTask(value: unknown): value is AnyTask {
  return typeof value === 'function';
}
