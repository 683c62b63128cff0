import type { JaegerSpan, JaegerTag, JaegerTrace } from '../read/jaeger.js';
import type { LinkPattern } from './ui-file.js';

const PARAMETER = /#\{([^{}]*)\}/g;

/** The names that a pattern asks to be filled in. */
export function parametersOf({ url, text }: LinkPattern): string[] {
  return [...new Set([...`${url} ${text}`.matchAll(PARAMETER)].map(([, name = '']) => name))];
}

/**
 * Where a click on a span's tag leads, as Jaeger's UI makes it of a pattern (`model/link-patterns` of jaeger-ui): a parameter is a tag of
 * the span, else one of its process, else the nearest ancestor's. Undefined where one is nowhere: then the UI shows no link.
 */
export function spanLink(pattern: LinkPattern, span: JaegerSpan, trace: JaegerTrace): string | undefined {
  const values = new Map(parametersOf(pattern).map((name) => [name, lookUp(name, span, trace)]));
  if ([...values.values()].includes(undefined)) return undefined;
  return pattern.url.replaceAll(PARAMETER, (_, name: string) =>
    encodeURIComponent(String(values.get(name)?.value)),
  );
}

function lookUp(name: string, span: JaegerSpan, trace: JaegerTrace): JaegerTag | undefined {
  const process = trace.processes[span.processID]?.tags ?? [];
  const own = [...span.tags, ...process].find(({ key }) => key === name);
  if (own !== undefined) return own;
  const parent = span.references.find(({ refType }) => refType === 'CHILD_OF');
  const ancestor = trace.spans.find(({ spanID }) => spanID === parent?.spanID);
  return ancestor && lookUp(name, ancestor, trace);
}
