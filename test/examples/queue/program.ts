import fc from 'fast-check';

/** What one attempt's handler does. */
export interface Deed {
  readonly kind: 'return' | 'throw' | 'not_retryable' | 'hang';
  /** After how long; at 0 synchronously. */
  readonly millis: number;
  /** Whether it goes on when its signal aborts. */
  readonly deaf: boolean;
}

export interface EnqueueStep {
  readonly step: 'enqueue';
  /** Few, so that they are often there already. */
  readonly id: number;
  readonly priority: number;
  readonly delayMillis: number;
  readonly maxAttempts: number;
  readonly deeds: readonly Deed[];
  readonly known: boolean;
  /** A handler enqueues it, in its first attempt. */
  readonly nested: EnqueueStep | undefined;
}

export type Step =
  | EnqueueStep
  | { readonly step: 'cancel'; readonly id: number }
  | { readonly step: 'abort'; readonly id: number }
  | { readonly step: 'pass'; readonly millis: number }
  | { readonly step: 'start' }
  | { readonly step: 'shutdown'; readonly timeoutMillis: number };

export interface Program {
  readonly workers: number;
  readonly capacity: number;
  readonly ageing: number | undefined;
  readonly timeoutMillis: number | undefined;
  readonly backoff: number;
  /** How long it is left to itself before it is shut down in the end. */
  readonly drainMillis: number;
  readonly steps: readonly Step[];
}

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom<Deed['kind']>(
    'return',
    'return',
    'return',
    'throw',
    'throw',
    'throw',
    'not_retryable',
    'hang',
  ),
  millis: fc.constantFrom(0, 0, 3, 10, 40),
  deaf: fc.boolean(),
});

function enqueue(nested: fc.Arbitrary<EnqueueStep | undefined>): fc.Arbitrary<EnqueueStep> {
  return fc.record({
    step: fc.constant('enqueue' as const),
    id: fc.nat(11),
    priority: fc.nat(3),
    delayMillis: fc.constantFrom(0, 0, 0, 5, 25),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    deeds: fc.array(deed, { minLength: 3, maxLength: 3 }),
    known: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    nested,
  });
}

const id = fc.nat(11);
const enqueued = enqueue(fc.option(enqueue(fc.constant(undefined)), { nil: undefined, freq: 4 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: enqueued },
  {
    weight: 24,
    arbitrary: fc.record({ step: fc.constant('pass' as const), millis: fc.constantFrom(0, 1, 4, 10, 30) }),
  },
  { weight: 5, arbitrary: fc.record({ step: fc.constant('cancel' as const), id }) },
  { weight: 5, arbitrary: fc.record({ step: fc.constant('abort' as const), id }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('start' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      step: fc.constant('shutdown' as const),
      timeoutMillis: fc.constantFrom(0, 20, 1000),
    }),
  },
);

/** Any use of a queue, short enough to be read when it fails. Most begin with the start. */
export const programs: fc.Arbitrary<Program> = fc.record({
  workers: fc.nat(3),
  capacity: fc.integer({ min: 1, max: 6 }),
  ageing: fc.option(fc.nat(4), { nil: undefined }),
  timeoutMillis: fc.option(fc.constant(15), { nil: undefined }),
  backoff: fc.constantFrom(0, 7, 20),
  drainMillis: fc.constantFrom(0, 500),
  steps: fc
    .tuple(
      fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
      fc.array(step, { maxLength: 40, size: 'max' }),
    )
    .map(([early, steps]): Step[] => (early ? [{ step: 'start' }, ...steps] : steps)),
});
