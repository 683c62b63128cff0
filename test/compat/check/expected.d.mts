/** What must stand in the exporters and the sink, by parts. */
export interface ExpectedFacts {
  readonly returned: string;
  readonly spans: readonly object[];
  readonly logs: readonly object[];
  readonly metrics: Readonly<
    Record<string, { readonly unit: string; readonly points: readonly { readonly value?: unknown }[] }>
  >;
  readonly during: object;
  readonly self: readonly string[];
  readonly sink: readonly { readonly signal: string; readonly span: string | null }[];
  readonly agreement: object;
  readonly problems: readonly string[];
  readonly stats: {
    readonly otel: Readonly<Record<'logs' | 'spanEvents' | 'metrics', object>>;
    readonly kept: { readonly sink: object };
    readonly refused: object;
    readonly values: object;
  };
  readonly shutdown: object;
}

export function expectedFacts(cell: {
  readonly first: 'sdk' | 'box';
  readonly spanEvents: 'direct' | 'bridge';
}): ExpectedFacts;
