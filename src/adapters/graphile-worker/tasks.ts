import { claim, observers } from '../common/observed.js';
import { over } from '../common/over.js';
import { runOf } from './runs.js';

type AnyTask = (this: unknown, ...args: never[]) => unknown;

/** Who observes tasks and lists of them: what is done about a job is looked up when a task is called, so that it does not matter whose. */
const OWNER = {};

const observedTasks = new WeakMap<object, unknown>();
const observedLists = new WeakMap<object, object>();

/** The task, which runs in the context of its attempt; one that is observed already as it is. */
export function observeTask<T extends AnyTask>(task: T): T {
  if (observers().has(task)) return task;
  const found = observedTasks.get(task) as T | undefined;
  if (found) return found;
  const observed = over(task, (call, args) => {
    const run = runOf(args[1]);
    return run ? run.enter(call, args) : call(...args);
  });
  claim(observed, OWNER);
  observedTasks.set(task, observed);
  return observed;
}

/**
 * A view of a task list in which each task is observed. The list is the app's own and stays as it is; what changes in it later is seen. What
 * is no function stays for the engine to complain of.
 */
export function observeTasks<T extends object>(tasks: T): T {
  if (observers().has(tasks)) return tasks;
  const found = observedLists.get(tasks) as T | undefined;
  if (found) return found;
  const view = viewOf(tasks);
  claim(view, OWNER);
  observedLists.set(tasks, view);
  return view;
}

function viewOf<T extends object>(tasks: T): T {
  // A proxy over a frozen list could show nothing but what is in it; who freezes the view fixes what it shows.
  const fixed = {} as T;
  let shown = tasks;
  // What is put into the view is what is read of it; the runner's plugin observes it when it takes the tasks.
  const given = new Map<PropertyKey, unknown>();
  const seen = (key: PropertyKey, value: unknown): unknown =>
    given.get(key) !== value && typeof value === 'function' && Object.hasOwn(shown, key)
      ? observeTask(value as AnyTask)
      : value;
  const describe = (key: PropertyKey): PropertyDescriptor | undefined => {
    const own = Reflect.getOwnPropertyDescriptor(shown, key);
    const described = own && 'value' in own ? { ...own, value: seen(key, own.value) } : own;
    return described && shown === tasks ? { ...described, configurable: true } : described;
  };
  return new Proxy(fixed, {
    get: (_, key) => seen(key, Reflect.get(shown, key)),
    set: (_, key, value) => {
      given.set(key, value);
      return Reflect.set(shown, key, value);
    },
    has: (_, key) => Reflect.has(shown, key),
    ownKeys: () => Reflect.ownKeys(shown),
    deleteProperty: (_, key) => Reflect.deleteProperty(shown, key),
    getPrototypeOf: () => Reflect.getPrototypeOf(shown),
    getOwnPropertyDescriptor: (_, key) => describe(key),
    defineProperty: (_, key, descriptor) => {
      if ('value' in descriptor) given.set(key, descriptor.value);
      return Reflect.defineProperty(shown, key, descriptor);
    },
    preventExtensions: () => {
      for (const key of Reflect.ownKeys(tasks)) Object.defineProperty(fixed, key, describe(key) ?? {});
      Object.setPrototypeOf(fixed, Reflect.getPrototypeOf(tasks));
      shown = fixed;
      return Reflect.preventExtensions(fixed);
    },
  });
}
