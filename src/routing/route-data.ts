/**
 * A route as plain data, for example from a JSON file. It names signals by their names or by name patterns. Conditions (`when`) are functions
 * and stay in code. `signalbox/routes.schema.json` is the JSON schema of a list of such routes.
 *
 * @example
 * ```ts
 * import type { RouteData } from 'signalbox';
 * const routes: readonly RouteData[] = JSON.parse('[{ "signals": "JOB_*", "to": "otel" }]');
 * ```
 */
export interface RouteData {
  /** Names of signals, and name patterns (`*` stands for any run of characters). Default: all. */
  readonly signals?: string | readonly string[] | undefined;
  /** Only emissions at least this severe: `trace`, `debug`, `info`, `warn`, `error` or `fatal`. */
  readonly minSeverity?: string | undefined;
  /** Names and patterns that this route (and no other) leaves out. */
  readonly except?: string | readonly string[] | undefined;
  /** Only these of an OpenTelemetry destination's channels: `logs`, `spanEvents`, `metrics`. Default: all. */
  readonly channels?: string | readonly string[] | undefined;
  /** The destinations, by name. */
  readonly to: string | readonly string[];
  /** Sensitive fields that these destinations may see. Default: none. */
  readonly reveal?: string | readonly string[] | undefined;
}
