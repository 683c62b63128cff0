/** What was exported and what the box says, by parts, in a form that can be compared between runs. */
export function readFacts(read: {
  readonly version: string;
  readonly returned: unknown;
  readonly during: readonly object[];
  readonly spans: readonly object[];
  readonly logs: readonly object[];
  readonly metrics: readonly object[];
  readonly emissions: readonly object[];
  readonly problems: readonly string[];
  readonly stats: object;
}): Readonly<Record<string, unknown>>;
