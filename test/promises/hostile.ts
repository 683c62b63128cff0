/** Throws whatever is done with it. */
export function unreadable(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** A function of an SDK's or an app's that throws. */
export const trouble: () => never = () => {
  throw new Error('telemetry trouble');
};

/** A function that throws what can not even be looked at. */
export const hostile: () => never = () => {
  throw unreadable();
};

function deep(levels: number): object {
  let object: object = {};
  for (let i = 0; i < levels; i++) object = { object };
  return object;
}

function cyclic(): object {
  const object: { self?: object } = {};
  object.self = object;
  return object;
}

/** Values that throw into the caller, poison their neighbours or vanish when the SDKs get them. */
export function hostileValues(): Readonly<Record<string, unknown>> {
  return {
    null: null,
    BigInt: 12n,
    'a cyclic object': cyclic(),
    'a cyclic list': (() => {
      const list: unknown[] = ['a'];
      list.push(list);
      return list;
    })(),
    'a throwing toJSON': { toJSON: trouble },
    'a throwing toString': { toString: trouble, valueOf: trouble, [Symbol.toPrimitive]: trouble },
    'a throwing getter': {
      get it() {
        return trouble();
      },
    },
    'a revoked Proxy': unreadable(),
    'a list with a revoked Proxy': [unreadable()],
    'an object 20,000 deep': deep(20_000),
    'a Date': new Date(0),
    'no Date': new Date(Number.NaN),
    'an Error with hostile parts': Object.create(Error.prototype, {
      message: { get: trouble },
      stack: { get: trouble },
      name: { get: trouble },
      code: { get: trouble },
      cause: { get: trouble },
    }),
    'an Error that causes itself': (() => {
      const error = new Error('round');
      error.cause = error;
      return error;
    })(),
    'a Map': new Map([[{}, new Map()]]),
    'a Symbol': Symbol('s'),
    'a function': trouble,
    'a nested map': { a: { b: { c: [1, { d: 2 }] } } },
    'a string of 5 MB': 'x'.repeat(5_000_000),
    'half a character': `${'x'.repeat(4095)}😀`,
    NaN: Number.NaN,
    Infinity: Number.POSITIVE_INFINITY,
    '-0': -0,
    'a long list': new Array(100_000).fill('x'),
    'a list with holes': new Array(3),
    'a prototype key': JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
  };
}
