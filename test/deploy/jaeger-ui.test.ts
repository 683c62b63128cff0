import { describe, expect, it } from 'vitest';
import { ATTR } from '../../src/jobs/semconv.js';
import { parametersOf, spanLink } from '../e2e/jaeger-ui/span-link.js';
import { configIn, readUiFile } from '../e2e/jaeger-ui/ui-file.js';
import type { JaegerSpan, JaegerTrace } from '../e2e/read/jaeger.js';
import { text, yaml } from './files.js';

/**
 * What Jaeger UI 1.76 knows of what the file uses, by its sources: `Config` in packages/jaeger-ui/src/types/config.tsx. What it does not
 * know it ignores without a word.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  '': [
    ...[
      'archiveEnabled',
      'criticalPathEnabled',
      'deepDependencies',
      'dependencies',
      'disableFileUploadControl',
    ],
    ...['disableJsonView', 'forbidNewPage', 'linkPatterns', 'menu', 'monitor', 'pathAgnosticDecorations'],
    ...['qualityMetrics', 'scripts', 'search', 'themes', 'topTagPrefixes', 'traceDiff', 'traceGraph'],
    ...['traceIdDisplayLength', 'tracing', 'tracking', 'useOpenTelemetryTerms'],
  ],
  'linkPatterns.*': ['type', 'key', 'value', 'url', 'text'],
  search: ['maxLookback', 'maxLimit', 'adjustEndTime'],
  'search.maxLookback': ['label', 'value'],
  monitor: ['menuEnabled', 'emptyState', 'docsLink'],
};

interface JaegerFile {
  readonly extensions: {
    readonly jaeger_storage: {
      readonly backends: {
        readonly store: { readonly badger: { readonly ttl: { readonly spans: string } } };
      };
    };
  };
}

const file = text('deploy/jaeger/ui.json');
const ui = readUiFile();

/** The keys of the file that the UI does not know, by their path. */
function unknownKeys(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one) => unknownKeys(one, `${path}.*`));
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(KNOWN[path]?.includes(key) ? [] : [`${path}.${key}`]),
    ...unknownKeys(inner, path === '' ? key : `${path}.${key}`),
  ]);
}

describe('deploy/jaeger/ui.json', () => {
  it('says nothing that the UI does not know', () => {
    expect(unknownKeys(ui)).toEqual([]);
    expect(unknownKeys({ search: { maxLookBack: {} } })).toEqual(['search.maxLookBack']);
  });

  it('has no `$`, of which Jaeger would make something else as it writes it into its page', () => {
    expect(file).not.toContain('$');
  });

  it('lets people search as far back as spans are kept, by the menu and by the links', () => {
    const { badger } = yaml<JaegerFile>('deploy/jaeger/config.yaml').extensions.jaeger_storage.backends.store;
    const days = Number.parseInt(ui.search.maxLookback.value, 10);

    expect(badger.ttl.spans).toBe(`${days * 24}h`);
    expect(ui.search.maxLookback).toEqual({ label: `${days} Days`, value: `${days}d` });
    const searches = ui.linkPatterns.filter(({ url }) => url.startsWith('search?'));
    expect(searches.length).toBeGreaterThan(0);
    for (const { url } of searches) {
      const search = new URL(url.replaceAll('#{', '{'), 'http://jaeger').searchParams;
      expect(search.get('lookback')).toBe(ui.search.maxLookback.value);
      // Without it the API looks back two days, whatever the lookback says: that one is for the page.
      expect(search.get('start')).toBe('0');
    }
  });

  it('makes links of what spans and their resource say, under the page that Jaeger is served from', () => {
    const { processors } = yaml<{ processors: Record<string, { trace_statements: string[] }> }>(
      'otel-collector.yaml',
    );
    const set = processors['transform/jaeger']?.trace_statements.join('\n') ?? '';
    const known: string[] = [
      ...Object.values(ATTR),
      ...(/(?<=resource\.attributes\[")jaeger[^"]+/.exec(set) ?? []),
    ];

    expect(ui.linkPatterns.map(({ key }) => key)).toEqual([ATTR.jobId, ATTR.previousTrace]);
    for (const pattern of ui.linkPatterns) {
      // `attributes` and its like are names of later versions, which know the older ones too.
      expect(pattern.type).toBe('tags');
      expect(known).toEqual(expect.arrayContaining([pattern.key, ...parametersOf(pattern)]));
      expect(pattern.url).toMatch(/^(search\?|trace\/)/);
    }
  });

  it('lifts the attributes of jobs and workers', () => {
    expect(ui.topTagPrefixes).toEqual(['error', 'otel.status_description', 'job.', 'worker.']);
  });
});

describe('spanLink()', () => {
  const tag = (key: string, value: unknown) => ({ key, type: 'string', value });
  const span = (spanID: string, parent: string | undefined, ...tags: JaegerSpan['tags']): JaegerSpan => ({
    traceID: 't',
    spanID,
    operationName: spanID,
    references: parent === undefined ? [] : [{ refType: 'CHILD_OF', traceID: 't', spanID: parent }],
    startTime: 0,
    duration: 0,
    tags,
    logs: [],
    processID: parent === undefined ? 'p1' : 'p2',
  });
  const root = span('root', undefined, tag('tenant', 'a&b'), tag('job.id', 'root’s'));
  const child = span('child', 'root', tag('job.id', 'j/1'));
  const trace: JaegerTrace = {
    traceID: 't',
    spans: [root, child],
    processes: {
      p1: { serviceName: 'shop', tags: [tag('host', 'h1')] },
      p2: { serviceName: 'mailer', tags: [tag('host', 'h2')] },
    },
  };
  const pattern = (url: string) => ({ type: 'tags', key: 'job.id', url, text: '' });

  it('fills in, encoded, what the span says, its process, or an ancestor', () => {
    expect(spanLink(pattern('search?a=#{job.id}&b=#{host}&c=#{tenant}'), child, trace)).toBe(
      'search?a=j%2F1&b=h2&c=a%26b',
    );
  });

  it('gives no link where something is nowhere, be it in the text alone', () => {
    expect(spanLink(pattern('search?a=#{nobody.says}'), child, trace)).toBeUndefined();
    expect(spanLink({ ...pattern('search'), text: '#{nobody.says}' }, child, trace)).toBeUndefined();
  });
});

describe('configIn()', () => {
  it('reads what Jaeger has written into its page, and throws where that is nothing', () => {
    expect(configIn('<pre>\n  const JAEGER_CONFIG = {"a":{"b":"\\u0026"}};\n</pre>')).toEqual({
      a: { b: '&' },
    });
    expect(() => configIn('JAEGER_CONFIG = DEFAULT_CONFIG;')).toThrow('no configuration');
  });
});
