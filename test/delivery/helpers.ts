import { Account } from '../../src/delivery/account.js';
import type { Connection, Deadline } from '../../src/delivery/destination.js';
import { newMark } from '../../src/delivery/loop-mark.js';
import type { SinkCall } from '../../src/delivery/sink-function.js';
import type { Emission, LeavingValues } from '../../src/emission/emission.js';
import { severityNumbers } from '../../src/signal/severity.js';
import type { AnySignal } from '../../src/signal/signal.js';
import { defineSignal } from '../../src/signal/signal.js';

export const TICKED: AnySignal = defineSignal('CLOCK_TICKED');

/** An emission as the box makes it. Its time is 2023-10-20T14:30:15.250Z. */
export function emissionOf(
  definition: AnySignal = TICKED,
  fields: LeavingValues = {},
  more: Partial<Emission> = {},
): Emission {
  const message = typeof definition.message === 'string' ? definition.message : definition.message(fields);
  const severity = more.severity ?? definition.severity;
  return Object.freeze({
    signal: definition.name,
    event: definition.event,
    severity,
    severityNumber: severityNumbers[severity],
    message,
    timestamp: Date.UTC(2023, 9, 20, 14, 30, 15, 250),
    fields: Object.freeze(fields),
    attributes: Object.freeze({}),
    definition,
    ...more,
  });
}

/** `n` emissions that can be told apart by their message. */
export function numbered(n: number): Emission[] {
  return Array.from({ length: n }, (_, i) => emissionOf(TICKED, {}, { message: String(i) }));
}

export interface TestConnection extends Connection {
  readonly sinkAccount: Account;
  readonly reports: { readonly key: string; readonly message: string; readonly error: unknown }[];
  /** True while the function given to `inside` runs. */
  isInside(): boolean;
}

export function connectionOf(name = 'alerts'): TestConnection {
  const sinkAccount = new Account();
  const reports: { key: string; message: string; error: unknown }[] = [];
  let depth = 0;
  return {
    name,
    sinkAccount,
    reports,
    account: () => sinkAccount,
    report: (key, message, error) => reports.push({ key, message, error }),
    isInside: () => depth > 0,
    now: () => performance.timeOrigin + performance.now(),
    shared: (_key, make) => make(),
    takesInstrument: () => false,
    resource: () => ({ attributes: {} }),
    mark: (around) => newMark(around, sinkAccount),
    home: (fn) => fn(),
    inside: (fn) => {
      depth++;
      try {
        return fn();
      } finally {
        depth--;
      }
    },
  };
}

/** A deadline that passes when the test says so. */
export function deadline(): Deadline & { pass(): void } {
  const controller = new AbortController();
  return { timeoutMillis: 1_000, signal: controller.signal, pass: () => controller.abort() };
}

export function passed(): Deadline {
  return { timeoutMillis: 1, signal: AbortSignal.abort() };
}

/** Lets everything run that waits for no timer, no input and no test. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((done) => setImmediate(done));
}

export interface Waiting<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function waiting<T = void>(): Waiting<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

export function callOf(signal: AbortSignal = new AbortController().signal): SinkCall {
  return { signal };
}

/** What a sink may answer that is no promise but behaves as one. */
export function thenable(
  then: (yes: (value?: unknown) => void, no: (error?: unknown) => void) => void,
): never {
  return { then } as never;
}

/** A value that throws whatever is done with it. */
export function revoked(): never {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy as never;
}
