import type { ExporterFacts } from './facts.js';
import { TEST_NAME } from './facts.js';
import type { Exporter, Result } from './sdk-private-fields.js';
import { nameOf, targetOf } from './sdk-private-fields.js';

/** How far into an error's own errors a sentence looks. */
const DEEPEST = 4;

/** Watches an exporter for the test signal and its result, until `end`. */
export interface Tap {
  facts(): ExporterFacts;
  /** Resolves when the exporter has answered the test signal, or at once if it has not got it. */
  answered(): Promise<void>;
  end(): void;
}

export function tap(exporter: Exporter): Tap {
  const original = exporter.export;
  let given = false;
  let answer: Result | undefined;
  let tell = (): void => undefined;
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const heard: Exporter['export'] = function (this: Exporter, items, done) {
    const isOurs = namesIn(items).includes(TEST_NAME);
    given ||= isOurs;
    return original?.call(this, items, (result) => {
      // A refusal is kept, even if a later export succeeds.
      if (isOurs && (answer?.code ?? 0) === 0) answer = result;
      if (isOurs) tell();
      done(result);
    });
  };
  const isOwn = Object.hasOwn(exporter, 'export');
  if (original && Object.isExtensible(exporter)) exporter.export = heard;
  return {
    facts: () => ({
      name: nameOf(exporter),
      ...targetOf(exporter),
      given,
      ...(answer ? { answer: answer.code === 0 ? 'taken' : 'refused' } : {}),
      ...(answer?.error ? { error: sentenceOf(answer.error) } : {}),
    }),
    answered: async () => (given ? told : undefined),
    end: () => {
      if (exporter.export !== heard) return;
      if (isOwn) exporter.export = original as NonNullable<typeof original>;
      else delete exporter.export;
    },
  };
}

interface Item {
  readonly name?: unknown;
  readonly eventName?: unknown;
}

interface Metrics {
  readonly scopeMetrics?: readonly {
    readonly metrics: readonly { readonly descriptor: { name: string } }[];
  }[];
}

// The names of spans, event names of records, and names of instruments.
function namesIn(items: unknown): string[] {
  const found = Array.isArray(items)
    ? (items as Item[]).flatMap(({ name, eventName }) => [name, eventName])
    : ((items as Metrics | undefined)?.scopeMetrics ?? []).flatMap(({ metrics }) =>
        metrics.map(({ descriptor }) => descriptor.name),
      );
  return found.filter((name): name is string => typeof name === 'string');
}

function sentenceOf(error: unknown, depth = 0): string {
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown[] };
  // An error may hold itself.
  const isWithin = depth < DEEPEST && Array.isArray(errors) && errors[0] && !message;
  const inner = isWithin ? ` ${sentenceOf(errors[0], depth + 1)}` : '';
  return [code, message || undefined].filter((part) => part !== undefined).join(' ') + inner || String(error);
}
