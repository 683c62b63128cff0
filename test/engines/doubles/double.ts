import sinon from 'sinon';
import type { MockContext } from 'vitest';
import { vi } from 'vitest';

/** One call, as a double has seen it. */
export interface Seen {
  readonly args: readonly unknown[];
  readonly self: unknown;
  /** What it returned, or threw. */
  readonly result: unknown;
}

/** What lies in the place of a method. */
export interface Double {
  /** All calls until now. Undefined where it looks at none. */
  seen(): readonly Seen[] | undefined;
  /** Whether it is read through what observes it. */
  readonly isSpy?: boolean;
  /** What is not as the double left it when it is read from the object. */
  readBack(read: unknown): string | undefined;
}

type Method = (...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

/** Ways in which tests put something in the place of a method. */
export const FORMS = ['nothing', 'vi.spyOn', 'sinon.spy', 'a stub, restored', 'a function assigned'] as const;

export type Form = (typeof FORMS)[number];

/** Puts a double of that form in the place of a method of the object. */
export function put(form: Form, object: object, name: string, sandbox: sinon.SinonSandbox): Double {
  const methods = object as Methods;
  switch (form) {
    case 'nothing':
      return { seen: () => undefined, readBack: () => undefined };
    case 'vi.spyOn':
      return viDouble(vi.spyOn(methods, name));
    case 'sinon.spy':
      return sinonDouble(sandbox.spy(methods, name));
    case 'a stub, restored': {
      const before = methods[name];
      sandbox.stub(methods, name).returns(undefined).restore();
      return {
        seen: () => undefined,
        readBack: (read) =>
          read === before ? undefined : 'what was there before the stub did not come back',
      };
    }
    case 'a function assigned':
      return assign(methods, name);
  }
}

/** Puts a function of that form around a handler. */
export function doubleOf<F extends (...args: never[]) => unknown>(form: Form, given: F): F {
  switch (form) {
    case 'vi.spyOn': {
      const spy = vi.fn(given as unknown as Method);
      // It has no number of parameters of its own, and engines look at that.
      return Object.defineProperty(spy, 'length', { value: given.length }) as unknown as F;
    }
    case 'sinon.spy':
      return sinon.spy(given as unknown as Method) as unknown as F;
    default:
      return given;
  }
}

/** A function of the app in the place of the method, which keeps what it saw. */
export function assign(methods: Methods, name: string): Double {
  const before = methods[name] as Method;
  const seen: Seen[] = [];
  const mine = function (this: unknown, ...args: unknown[]): unknown {
    const call = { args, self: this, result: undefined as unknown };
    seen.push(call);
    try {
      call.result = Reflect.apply(before, this, args);
      return call.result;
    } catch (error) {
      call.result = error;
      throw error;
    }
  };
  Object.defineProperties(mine, {
    name: { value: before.name },
    length: { value: before.length },
  });
  methods[name] = mine;
  return {
    seen: () => seen,
    readBack: (read) => (read === mine ? undefined : 'what was assigned is not what is read'),
  };
}

function viDouble({ mock }: { readonly mock: MockContext<Method> }): Double {
  return {
    isSpy: true,
    seen: () =>
      mock.calls.map((args, i) => ({
        args,
        self: mock.contexts[i],
        result: mock.results[i]?.value,
      })),
    // Also beneath an observed method, through which it is read.
    readBack: (read) =>
      vi.isMockFunction(read) && read.mock === mock ? undefined : 'the spy of vitest is not what is read',
  };
}

function sinonDouble(spy: sinon.SinonSpy): Double {
  return {
    isSpy: true,
    seen: () =>
      spy.getCalls().map(({ args, thisValue, returnValue, exception }) => ({
        args,
        self: thisValue,
        result: exception ?? returnValue,
      })),
    readBack: (read) => (idOf(read) === idOf(spy) ? undefined : 'the spy of sinon is not what is read'),
  };
}

function idOf(spy: unknown): unknown {
  return (spy as { readonly id?: unknown } | undefined)?.id;
}

/** What can be put in the place of one method, beneath and over it. */
export interface Pair {
  readonly beneath: Form;
  readonly over: Form;
}

/** All pairs but those that can not be without anything of ours: who spies twice gets the first spy, or an error. */
export const PAIRS: readonly Pair[] = FORMS.flatMap((beneath) =>
  FORMS.map((over): Pair => ({ beneath, over })),
).filter(({ beneath, over }) => {
  if (beneath === 'nothing' && over === 'nothing') return false;
  if (beneath === 'sinon.spy' && over === 'a stub, restored') return false;
  return beneath !== over || !/spy/i.test(beneath);
});
