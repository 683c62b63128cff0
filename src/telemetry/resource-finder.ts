import type { ResourceLike } from '../delivery/destination.js';
import { environment } from '../signal/environment.js';
import type { Providers } from './providers.js';

/**
 * Finds the app's resource. The surest source is a span or a record that a processor of ours saw. Next are the providers, which keep
 * the resource in a private field, the same in both lines. Last is the environment, which knows little.
 */
export class ResourceFinder {
  readonly #providers: Providers;
  readonly #ours: ResourceLike = fromEnvironment();
  #seen: ResourceLike | undefined;

  constructor(providers: Providers) {
    this.#providers = providers;
  }

  /** Takes the resource of a span or a record of the app's SDK. */
  saw(resource: ResourceLike | undefined): void {
    this.#seen ??= resource;
  }

  find(): ResourceLike {
    return this.#seen ?? this.#ofProviders() ?? this.#ours;
  }

  #ofProviders(): ResourceLike | undefined {
    for (const provider of this.#providers.all()) {
      const found = resourceOf(provider);
      if (found) return found;
    }
    return undefined;
  }
}

/** The resource of a provider of the app's; undefined if it shows none. */
export function resourceOf(provider: object): ResourceLike | undefined {
  try {
    const held = provider as { _resource?: ResourceLike; _sharedState?: { resource?: ResourceLike } };
    const found = held._resource ?? held._sharedState?.resource;
    return typeof found?.attributes === 'object' ? found : undefined;
  } catch {
    // A provider that throws when it is read has no resource for us.
    return undefined;
  }
}

function fromEnvironment(): ResourceLike {
  const env = environment();
  const attributes: Record<string, string> = { 'service.name': 'unknown_service' };
  for (const pair of (env.OTEL_RESOURCE_ATTRIBUTES ?? '').split(',')) {
    const at = pair.indexOf('=');
    if (at > 0) attributes[pair.slice(0, at).trim()] = decoded(pair.slice(at + 1).trim());
  }
  if (env.OTEL_SERVICE_NAME) attributes['service.name'] = env.OTEL_SERVICE_NAME;
  return { attributes: Object.freeze(attributes), asyncAttributesPending: false };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
