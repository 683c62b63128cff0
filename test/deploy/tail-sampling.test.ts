import { describe, expect, it } from 'vitest';
import { ATTR } from '../../src/jobs/semconv.js';
import { TAIL_SAMPLING } from '../e2e/stack/overlays.js';
import { defaultOf, text, yaml } from './files.js';

interface Pipeline {
  readonly receivers?: readonly string[];
  readonly processors?: readonly string[];
  readonly exporters?: readonly string[];
}

interface Policy {
  readonly name: string;
  readonly type: string;
  readonly string_attribute?: { readonly key: string };
  readonly ottl_condition?: { readonly error_mode: string; readonly span: readonly string[] };
}

const base = yaml<{ service: { pipelines: Record<string, Pipeline> } }>('otel-collector.yaml');
const overlay = yaml<{
  processors: { tail_sampling: { policies: readonly Policy[] } };
  service: { pipelines: Record<string, Pipeline> };
}>(TAIL_SAMPLING);
const page = text('docs/sampling.md');

describe(TAIL_SAMPLING, () => {
  const { traces, 'traces/tail_sampling': sampled } = overlay.service.pipelines;

  it('has span metrics made before the sampler, and Jaeger behind it alone', () => {
    expect(traces).toEqual({ exporters: ['span_metrics', 'forward/tail_sampling'] });
    expect(sampled).toEqual({
      receivers: ['forward/tail_sampling'],
      processors: ['tail_sampling'],
      exporters: ['otlp_http/jaeger'],
    });
  });

  it('leaves out no exporter and no connector that the pipeline of traces has without it', () => {
    const all = [...(traces?.exporters ?? []), ...(sampled?.exporters ?? [])];

    expect(all).toEqual(expect.arrayContaining([...(base.service.pipelines.traces?.exporters ?? [])]));
  });

  it('asks for attributes that jobs have', () => {
    const asked = [...text(TAIL_SAMPLING).matchAll(/attributes\["([^"]+)"\]|key: ([\w.]+),/g)].map(
      ([, inCondition, key]) => inCondition ?? key,
    );

    expect(asked.length).toBeGreaterThan(3);
    for (const attribute of asked) expect(Object.values(ATTR)).toContain(attribute);
  });

  it('counts what can not be evaluated: no condition ignores its errors', () => {
    const modes = overlay.processors.tail_sampling.policies.flatMap(({ ottl_condition: condition }) =>
      condition === undefined ? [] : [condition.error_mode],
    );

    expect(new Set(modes)).toEqual(new Set(['propagate']));
  });
});

describe('docs/sampling.md', () => {
  it('has each variable of the overlay with its default', () => {
    const variables = [
      ...new Set([...text(TAIL_SAMPLING).matchAll(/\$\{env:([A-Z_]+):-/g)].map(([, name]) => name)),
    ];

    expect(variables.length).toBeGreaterThan(4);
    for (const name of variables)
      expect(page).toContain(`| \`${name}\` | \`${defaultOf(text(TAIL_SAMPLING), name ?? '')}\` |`);
  });

  it('names each policy of the overlay', () => {
    for (const { name } of overlay.processors.tail_sampling.policies)
      expect(page).toContain(`| \`${name}\` |`);
  });
});
