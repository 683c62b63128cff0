import type { Answers } from '../e2e/answers.js';

type Path = readonly (string | number)[];

/** One value of the backends' answers. */
export interface Leaf {
  /** What sort of value it is: `span process, tag job.id`. All spans have one of that sort. */
  readonly sort: string;
  readonly path: Path;
}

/** Every value of the answers, by its sort. */
export function* leavesOf(answers: Answers): Generator<Leaf> {
  yield* jaegerLeaves(answers);
  yield* recordedLeaves(answers);
  yield* lokiLeaves(answers);
  yield* prometheusLeaves(answers);
}

function* jaegerLeaves({ jaeger }: Answers): Generator<Leaf> {
  for (const [t, { spans, processes }] of jaeger.entries()) {
    for (const [s, span] of spans.entries()) {
      const at: Path = ['jaeger', t, 'spans', s];
      const of = `Jaeger's span ${span.operationName.split(' ')[0]}`;
      for (const field of ['spanID', 'operationName', 'startTime', 'duration', 'processID'])
        yield { sort: `${of}, ${field}`, path: [...at, field] };
      for (const [r, { refType }] of span.references.entries())
        for (const field of ['refType', 'traceID', 'spanID'])
          yield { sort: `${of}, reference ${refType}, ${field}`, path: [...at, 'references', r, field] };
      for (const [i, { key }] of span.tags.entries())
        yield { sort: `${of}, tag ${key}`, path: [...at, 'tags', i, 'value'] };
      for (const [i, { fields }] of span.logs.entries()) {
        const event = `${of}, event ${fields.find(({ key }) => key === 'event')?.value}`;
        yield { sort: `${event}, timestamp`, path: [...at, 'logs', i, 'timestamp'] };
        for (const [f, { key }] of fields.entries())
          yield { sort: `${event}, field ${key}`, path: [...at, 'logs', i, 'fields', f, 'value'] };
      }
    }
    for (const id of Object.keys(processes))
      yield { sort: "Jaeger's process, serviceName", path: ['jaeger', t, 'processes', id, 'serviceName'] };
  }
}

/** Attributes have the values of OTLP's JSON: one key, and what it has. */
interface RecordedAttribute {
  readonly key: string;
  readonly value: object;
}

function* recordedLeaves({ recorded }: Answers): Generator<Leaf> {
  for (const [r, { resource, scope, log }] of recorded.entries()) {
    const of = `the recorded ${log.eventName ?? '(plain)'}`;
    const within = function* (
      place: Path,
      what: string,
      list: readonly RecordedAttribute[],
    ): Generator<Leaf> {
      for (const [a, { key, value }] of list.entries())
        for (const kind of Object.keys(value))
          yield {
            sort: `${of}, ${what} ${key}`,
            path: ['recorded', r, ...place, 'attributes', a, 'value', kind],
          };
    };
    yield* within(['resource'], 'resource', resource.attributes ?? []);
    for (const field of Object.keys(scope))
      yield { sort: `${of}, scope ${field}`, path: ['recorded', r, 'scope', field] };
    for (const [field, value] of Object.entries(log)) {
      if (field === 'attributes') yield* within(['log'], 'attribute', log.attributes ?? []);
      else if (field === 'body')
        yield { sort: `${of}, body`, path: ['recorded', r, 'log', 'body', 'stringValue'] };
      else if (typeof value !== 'object')
        yield { sort: `${of}, ${field}`, path: ['recorded', r, 'log', field] };
    }
  }
}

function* lokiLeaves({ loki }: Answers): Generator<Leaf> {
  for (const [s, { stream, values }] of loki.entries()) {
    const of = `Loki's record ${stream.event_name ?? '(plain)'}`;
    for (const label of Object.keys(stream))
      yield { sort: `${of}, ${label}`, path: ['loki', s, 'stream', label] };
    for (const v of values.keys()) {
      yield { sort: `${of}, time`, path: ['loki', s, 'values', v, 0] };
      yield { sort: `${of}, line`, path: ['loki', s, 'values', v, 1] };
    }
  }
}

function* prometheusLeaves({ prometheus }: Answers): Generator<Leaf> {
  for (const [s, { metric }] of prometheus.entries()) {
    const of = `Prometheus's ${metric.__name__}`;
    yield { sort: `${of}, value`, path: ['prometheus', s, 'value', 1] };
    for (const label of Object.keys(metric))
      yield { sort: `${of}, ${label}`, path: ['prometheus', s, 'metric', label] };
  }
}

/** Makes one value of the answers untrue for as long as `use` runs. */
export function withSpoilt<T>(answers: Answers, { path }: Leaf, use: () => T): T {
  const key = path.at(-1) ?? '';
  let place = answers as unknown as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) place = place[step] as Record<string | number, unknown>;
  const original = place[key];
  place[key] = untrue(original);
  try {
    return use();
  } finally {
    place[key] = original;
  }
}

function untrue(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  // Ten seconds more where it is a time in microseconds, far too much where it is a duration or a number of things.
  if (typeof value === 'number') return value + 10_000_000;
  const text = String(value);
  if (/^\d{19}$/.test(text)) return String(BigInt(text) + 10_000_000_000n);
  return /^[\d.]+$/.test(text) ? String(Number(text) + 1) : `${text}x`;
}
