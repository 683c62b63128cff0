import { ask } from '../read/ask.js';
import type { Backends } from '../read/received.js';
import { settle } from '../settle.js';
import { startNode } from '../subjects/child.js';
import { sayLeftOut } from './left-out.js';
import type { Step } from './step.js';

const RUN_MILLIS = 2 * 60_000;
const ARRIVAL_MILLIS = 60_000;
/** Where nobody answers. Grafana can not be had here: what its pages ask is asked by the step `dashboards`. */
const NOWHERE = 'http://127.0.0.1:1';

interface JaegerSpan {
  readonly operationName: string;
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
  readonly logs: readonly { readonly fields: readonly { readonly value: unknown }[] }[];
}

export const fiveMinutes: Step = {
  name: 'five-minutes',
  shows: 'docs/example.md leads where it says: run the example, follow its links, find a retried job',
  async run(scene) {
    const { stack } = scene;
    sayLeftOut(scene, 'Grafana’s own pages');
    const env = {
      JAEGER_URL: stack.jaeger,
      PROMETHEUS_URL: stack.prometheus,
      LOKI_URL: stack.loki,
      GRAFANA_URL: NOWHERE,
    };
    const flags = ['--speed', '8', '--seed', '61', '--fail', 'email=0.8', '--otlp', stack.otlp];
    const printed = await startNode(['examples/job-queue/main.ts', ...flags], env, RUN_MILLIS).ended;
    const mismatches = await settle(ARRIVAL_MILLIS, () => follow(stack, printed));
    return { jobs: 0, mismatches };
  },
};

/** Follows each link that the example printed. */
async function follow({ jaeger, prometheus }: Backends, printed: string): Promise<string[]> {
  const link = (what: string): URL => {
    const found = printed.split('\n').find((line) => line.includes(`${what}: http`));
    if (found === undefined) throw new Error(`the example printed no link to ${what}`);
    return new URL(found.slice(found.indexOf('http')));
  };
  const problems: string[] = [];
  const claim = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem);
  };
  const spansAt = async (url: URL): Promise<JaegerSpan[]> => {
    const id = url.pathname.split('/').at(-1);
    const { data } = await ask<{ data: { spans: JaegerSpan[] }[] }>(`${jaeger}/api/traces/${id}`);
    return data.flatMap(({ spans }) => spans);
  };

  const retried = await spansAt(link('a retried job'));
  const attempts = retried.filter(({ operationName }) => operationName.startsWith('process '));
  claim(attempts.length > 1, `the retried job has ${attempts.length} attempts in Jaeger`);
  claim(attempts.filter(isError).length > 0, 'no attempt of the retried job is red');
  claim(
    retried.some((span) => hasEvent(span, 'job.retrying')),
    'the retried job has no event job.retrying',
  );
  const abandoned = await spansAt(link('an abandoned job'));
  claim(
    abandoned.some((span) => hasEvent(span, 'job.abandoned')),
    'the abandoned job has no event for it',
  );

  const records = await askAt<{ data: { result: unknown[] } }>(link('abandoned jobs, their records'));
  claim(records.data.result.length > 0, 'Loki has no record of an abandoned job');
  const query = link('jobs by outcome').searchParams.get('g0.expr') ?? '';
  const numbers = await ask<{ data: { result: unknown[] } }>(`${prometheus}/api/v1/query`, { query });
  claim(numbers.data.result.length === 2, `Prometheus knows ${numbers.data.result.length} outcomes, not 2`);
  return problems;
}

function askAt<T>({ origin, pathname, searchParams }: URL): Promise<T> {
  return ask<T>(origin + pathname, Object.fromEntries(searchParams));
}

function isError({ tags }: JaegerSpan): boolean {
  return tags.some(({ key, value }) => key === 'error' && value === true);
}

function hasEvent({ logs }: JaegerSpan, name: string): boolean {
  return logs.some(({ fields }) => fields.some(({ value }) => value === name));
}
