import type { Load } from './send-in-halves.js';

/** Metrics as exporters take them. */
export interface CollectedMetrics {
  readonly resource: object;
  readonly scopeMetrics: readonly ScopeMetrics[];
}

interface ScopeMetrics {
  readonly scope: object;
  readonly metrics: readonly Metric[];
}

/** One metric, as far as we look into it. */
export interface Metric {
  readonly descriptor: { readonly name: string; readonly type?: string };
  readonly dataPoints: readonly unknown[];
}

/** One metric, or a part of its points, and its scope. */
interface Entry {
  readonly scope: object;
  readonly metric: Metric;
}

/** The points of one collection that go in one export. A split separates metrics first, then points. */
export class CollectedLoad implements Load<CollectedLoad> {
  readonly #resource: object;
  readonly #entries: readonly Entry[];
  /** Number of points. */
  readonly count: number;

  static of({ resource, scopeMetrics }: CollectedMetrics): CollectedLoad {
    const entries = scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.filter(({ dataPoints }) => dataPoints.length > 0).map((metric) => ({ scope, metric })),
    );
    return new CollectedLoad(resource, entries);
  }

  private constructor(resource: object, entries: readonly Entry[]) {
    this.#resource = resource;
    this.#entries = entries;
    this.count = entries.reduce((points, { metric }) => points + metric.dataPoints.length, 0);
  }

  /**
   * Makes the data for an exporter: a copy of everything but the resource and the values. Destinations of one group share a
   * collection, and streams keep the points that they have given.
   */
  collected(): CollectedMetrics {
    const scopes = new Map<object, Metric[]>();
    for (const { scope, metric } of this.#entries) {
      const metrics = scopes.get(scope) ?? [];
      scopes.set(scope, metrics);
      metrics.push(copied(metric));
    }
    return {
      resource: this.#resource,
      scopeMetrics: [...scopes].map(([scope, metrics]) => ({ scope: copied(scope), metrics })),
    };
  }

  split(): readonly [CollectedLoad, CollectedLoad] | undefined {
    const [first, ...others] = this.#entries;
    if (!first || this.count < 2) return undefined;
    if (others.length === 0) return this.#halves(first);
    // Split between metrics first, as near to the middle of the points as possible.
    let at = 0;
    let points = 0;
    do {
      points += this.#entries[at]?.metric.dataPoints.length ?? 0;
      at++;
    } while (points * 2 < this.count && at < others.length);
    return [this.#with(this.#entries.slice(0, at)), this.#with(this.#entries.slice(at))];
  }

  #halves({ scope, metric }: Entry): readonly [CollectedLoad, CollectedLoad] {
    const middle = metric.dataPoints.length >> 1;
    const part = (dataPoints: readonly unknown[]): CollectedLoad =>
      this.#with([{ scope, metric: { ...metric, dataPoints } }]);
    return [part(metric.dataPoints.slice(0, middle)), part(metric.dataPoints.slice(middle))];
  }

  #with(entries: readonly Entry[]): CollectedLoad {
    return new CollectedLoad(this.#resource, entries);
  }
}

// Deeper than any point. The deepest parts are an exemplar's attributes and an exponential histogram's buckets.
const DEPTH = 8;

/** Copies plain data. Any other object, such as a byte array, stays the same object. */
function copied<T>(data: T, depth = DEPTH): T {
  if (typeof data !== 'object' || data === null || depth === 0) return data;
  if (Array.isArray(data)) return data.map((entry) => copied(entry, depth - 1)) as T;
  const prototype: unknown = Object.getPrototypeOf(data);
  if (prototype !== Object.prototype && prototype !== null) return data;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(data)) copy[key] = copied(value, depth - 1);
  return copy as T;
}
