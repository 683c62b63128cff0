import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** What is done in place of a call: it may call the real one, wait, or throw. */
export type InPlace = (real: () => Promise<unknown>) => Promise<unknown>;

/** The calls of a disk that can be sick. */
export interface Sickness {
  readonly open?: InPlace;
  readonly write?: InPlace;
  readonly sync?: InPlace;
  readonly close?: InPlace;
}

const METHODS: Readonly<Record<keyof Sickness, readonly string[]>> = {
  open: [],
  write: ['appendFile', 'writeFile', 'write', 'writev'],
  sync: ['sync', 'datasync'],
  close: ['close'],
};
const CALLBACKS: Readonly<Record<keyof Sickness, readonly string[]>> = {
  open: ['open'],
  write: ['write', 'writev', 'appendFile'],
  sync: ['fsync', 'fdatasync'],
  close: ['close'],
};

type Any = (...args: never[]) => unknown;
type Open = Record<string, Any>;

/**
 * Makes the disk of this process sick, however it is called: by handles, by promises, by callbacks. Returns the cure. What is called
 * synchronously stays sound.
 */
export async function sicken(sickness: Sickness): Promise<() => void> {
  const handle = await fs.promises.open('/dev/null');
  const prototype = Object.getPrototypeOf(handle) as Open;
  await handle.close();
  const undo: (() => void)[] = [];
  const replace = (holder: Open, name: string, make: (real: Any) => Any): void => {
    const real = holder[name] as Any;
    holder[name] = make(real);
    undo.push(() => {
      holder[name] = real;
    });
  };
  for (const [kind, inPlace] of Object.entries(sickness) as [keyof Sickness, InPlace][]) {
    const byPromise = (real: Any): Any =>
      function (this: never, ...args: never[]) {
        return inPlace(() => Promise.resolve(real.apply(this, args)));
      };
    const byCallback = (real: Any): Any =>
      function (this: never, ...args: never[]) {
        const done = args.pop() as unknown as (error: unknown, ...values: unknown[]) => void;
        const call = (): Promise<unknown> =>
          new Promise((resolve, reject) =>
            real.apply(this, [
              ...args,
              (error: unknown, ...values: unknown[]) => (error ? reject(error) : resolve(values)),
            ] as never[]),
          );
        inPlace(call).then(
          (values) => done(null, ...((values ?? []) as unknown[])),
          (error) => done(error),
        );
      };
    for (const name of METHODS[kind]) replace(prototype, name, byPromise);
    for (const name of CALLBACKS[kind]) replace(fs as unknown as Open, name, byCallback);
    if (kind === 'open') replace(fs.promises as unknown as Open, 'open', byPromise);
  }
  syncBuiltinESMExports();
  return () => {
    for (const cure of undo.splice(0)) cure();
    syncBuiltinESMExports();
  };
}

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
