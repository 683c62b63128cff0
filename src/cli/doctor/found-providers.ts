import { registry } from '../../telemetry/globals.js';
import { Providers } from '../../telemetry/providers.js';
import type { Pipeline, ProviderFacts } from './facts.js';
import type { Provider } from './sdk-private-fields.js';
import { isShut, nameOf, processorsOf } from './sdk-private-fields.js';

/** The providers of the app at one moment. */
export type Found = Readonly<Partial<Record<Pipeline, Provider>>>;

const PIPELINES: readonly Pipeline[] = ['traces', 'logs', 'metrics'];
const API = /^opentelemetry\.js\.api\.(\d+)$/;

/** Finds the app's providers. Each call looks again. */
export class Look {
  readonly #providers = new Providers();
  readonly #since = new Map<object, number>();

  /** The present providers. */
  now(): Found {
    const { tracer, logger, meter } = this.#providers.found();
    const found = { traces: tracer, logs: logger, metrics: meter };
    for (const provider of Object.values(found))
      if (provider && !this.#since.has(provider)) this.#since.set(provider, Math.round(performance.now()));
    return Object.fromEntries(PIPELINES.flatMap((name) => (found[name] ? [[name, found[name]]] : [])));
  }

  /** The facts about a provider, without its exporters. */
  factsOf(provider: Provider): ProviderFacts {
    const { tracer } = this.#providers.handles();
    const isOfSpans = provider === this.#providers.found().tracer;
    const sampler = isOfSpans ? (tracer as { _sampler?: unknown } | undefined)?._sampler : undefined;
    const processors = processorsOf(provider)?.map(nameOf);
    return {
      name: nameOf(provider),
      since: this.#since.get(provider) ?? 0,
      isShut: isShut(provider),
      ...(processors ? { processors } : {}),
      ...(sampler ? { sampler: String(sampler) } : {}),
      exporters: [],
    };
  }
}

/** Whether two results have the same providers. */
export function isSame(one: Found, other: Found): boolean {
  return PIPELINES.every((name) => one[name] === other[name]);
}

/** The registrations with the api beside the providers. */
export function registered(): {
  readonly apiVersion?: string;
  readonly otherApis: readonly string[];
  readonly propagator?: string;
  readonly contextManager?: string;
} {
  const found = registry();
  const others = Object.getOwnPropertySymbols(globalThis).flatMap((symbol) => {
    const [, major] = API.exec(symbol.description ?? '') ?? [];
    return major === undefined || major === '1' ? [] : [major];
  });
  return {
    ...(found?.version ? { apiVersion: found.version } : {}),
    otherApis: others,
    ...(found?.propagation ? { propagator: propagatorName(found.propagation) } : {}),
    ...(found?.context ? { contextManager: nameOf(found.context) } : {}),
  };
}

function propagatorName(propagator: object): string {
  const parts = (propagator as { _propagators?: readonly object[] })._propagators;
  return Array.isArray(parts) && parts.length > 0 ? parts.map(nameOf).join(', ') : nameOf(propagator);
}
