/**
 * The same object, its shape enumerated once. V8 gives `Object.entries` of a shape from its enumeration, which `for…in` and `Object.keys`
 * leave behind and `Object.entries` itself does not: without it, SDKs that list attributes so take several times as long.
 */
export function enumerated<T extends object>(view: T): T {
  for (const _ in view) break;
  return view;
}
