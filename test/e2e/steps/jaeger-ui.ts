import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ReceivedSpan } from '../../support/otlp-model.js';
import { spanLink } from '../jaeger-ui/span-link.js';
import type { LinkPattern } from '../jaeger-ui/ui-file.js';
import { configIn, readUiFile } from '../jaeger-ui/ui-file.js';
import { ask } from '../read/ask.js';
import type { JaegerAnswer, JaegerSpan, JaegerTrace } from '../read/jaeger.js';
import { readBack } from '../read/received.js';
import { settle } from '../settle.js';
import type { Stack } from '../stack/stack.js';
import type { Play } from '../subjects/job-queue.js';
import { startPlay } from '../subjects/job-queue.js';
import type { Step } from './step.js';
import { compareWhole } from './whole-runs.js';

const ARRIVAL_MILLIS = 60_000;
const HOUR_MILLIS = 3_600_000;
const PREVIOUS_TRACE = 'job.previous_attempt.trace_id';
const PAGE_MILLIS = 10_000;

/** Attempts in traces of their own: only a search finds them all. */
const PLAY: Play = {
  name: 'jobs whose spans are spread over several traces',
  jobs: 60,
  seed: 71,
  relation: 'link',
  timeoutMillis: 60,
  flags: ['--speed', '60', '--workers', '4', '--capacity', '30', '--fail', 'email=0.6'],
};

export const jaegerUi: Step = {
  name: 'jaeger-ui',
  shows: "Jaeger's own pages get deploy/jaeger/ui.json, and a click on a job's id finds all its spans",
  async run(scene) {
    const { stack, say } = scene;
    const { linkPatterns, ...rest } = readUiFile();
    const page = await fetch(stack.jaeger, { signal: AbortSignal.timeout(PAGE_MILLIS) });
    const configured = isDeepStrictEqual(configIn(await page.text()), { ...rest, linkPatterns });
    const mismatches = configured ? [] : ['the page of Jaeger has another configuration than ui.json'];

    const played = await startPlay(PLAY, stack.otlp).ended;
    const whole = await compareWhole(scene, played);
    const { spans } = await readBack(stack, played.key);
    const toJob = patternOf(linkPatterns, 'job.id');
    const jobs = played.ledger.filter(({ attempts }) => attempts.length > 1);
    if (jobs.length === 0) mismatches.push('no job was tried twice');
    for (const { id, attempts } of jobs) {
      const own = spans.filter(({ attributes }) => attributes['job.id'] === id);
      if (own.length <= attempts.length) mismatches.push(`${id} has ${own.length} spans in Jaeger`);
      mismatches.push(...(await clickOnJob(stack, toJob, 'job-queue', id, own.length)));
    }
    say(`clicked on the ids of ${jobs.length} jobs`);
    mismatches.push(...(await clickOnPrevious(stack, patternOf(linkPatterns, PREVIOUS_TRACE), spans)));

    const old = await sendOld(stack, readUiFile().search.maxLookback.value);
    mismatches.push(
      ...(await settle(ARRIVAL_MILLIS, () => clickOnJob(stack, toJob, old.service, old.job, 1))),
    );
    return { jobs: whole.jobs, mismatches: [...whole.mismatches, ...mismatches] };
  },
};

/** Clicks on the id of a job in its youngest span; says what was found otherwise than so many spans. */
async function clickOnJob(
  { jaeger }: Pick<Stack, 'jaeger'>,
  pattern: LinkPattern,
  service: string,
  job: string,
  spans: number,
): Promise<string[]> {
  const tags = JSON.stringify({ 'job.id': job });
  const { data } = await ask<JaegerAnswer>(`${jaeger}/api/traces`, { service, tags, start: '0' });
  const [[span, trace] = []] = spansOf(data, job).sort(([a], [b]) => b.startTime - a.startTime);
  if (span === undefined || trace === undefined) return [`${job} is not in Jaeger`];
  const link = spanLink(pattern, span, trace);
  if (link === undefined) return [`the id of ${job} is no link`];
  // The search page hands its address's parameters to the API as they are.
  const [page, search] = link.split('?');
  const answer = await ask<JaegerAnswer>(
    `${jaeger}/api/traces`,
    Object.fromEntries(new URLSearchParams(search)),
  );
  const found = spansOf(answer.data, job).length;
  return [
    ...(page === 'search' ? [] : [`the link leads to '${page}', no page for searches`]),
    ...(found === spans ? [] : [`a click on ${job} finds ${found} of its ${spans} spans`]),
  ];
}

/** Clicks on the trace of the attempt before, in each span that names one; says what was found otherwise than that attempt. */
async function clickOnPrevious(
  { jaeger }: Pick<Stack, 'jaeger'>,
  pattern: LinkPattern,
  spans: readonly ReceivedSpan[],
): Promise<string[]> {
  const later = spans.filter(({ attributes }) => attributes[PREVIOUS_TRACE] !== undefined);
  const each = await Promise.all(
    later.map(async ({ traceId, spanId, attributes }) => {
      const [trace] = await traceAt(jaeger, traceId);
      const span = trace?.spans.find((one) => one.spanID === spanId);
      const link = trace && span && spanLink(pattern, span, trace);
      const { pathname, searchParams } = new URL(link ?? 'nowhere', jaeger);
      const previous = await traceAt(jaeger, pathname.split('/').at(-1) ?? '');
      const found = spansOf(previous, String(attributes['job.id'])).some(
        ([one]) => one.spanID === searchParams.get('uiFind') && one.operationName.startsWith('process '),
      );
      return found ? [] : [`the link of ${spanId} to the attempt before leads to ${link}`];
    }),
  );
  return later.length === 0 ? ['no span names the trace of the attempt before'] : each.flat();
}

async function traceAt(jaeger: string, id: string): Promise<JaegerTrace[]> {
  return (await ask<JaegerAnswer>(`${jaeger}/api/traces/${id}`)).data;
}

function patternOf(patterns: readonly LinkPattern[], key: string): LinkPattern {
  const found = patterns.find((one) => one.key === key);
  if (found === undefined) throw new Error(`ui.json has no link for ${key}`);
  return found;
}

function spansOf(traces: readonly JaegerTrace[], job: string): [JaegerSpan, JaegerTrace][] {
  return traces.flatMap((trace) =>
    trace.spans
      .filter(({ tags }) => tags.some(({ key, value }) => key === 'job.id' && value === job))
      .map((span): [JaegerSpan, JaegerTrace] => [span, trace]),
  );
}

/** A span that began an hour short of as long ago as spans can be searched for. */
async function sendOld({ otlp }: Stack, lookback: string): Promise<{ service: string; job: string }> {
  const startMillis = Date.now() - Number.parseInt(lookback, 10) * 24 * HOUR_MILLIS + HOUR_MILLIS;
  const nanos = `${startMillis}000000`;
  const [service, job] = ['old-jobs', `old-${randomBytes(4).toString('hex')}`];
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'process report',
    kind: 5,
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes: [text('job.id', job)],
  };
  const resource = { attributes: [text('service.name', service)] };
  const response = await fetch(`${otlp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    signal: AbortSignal.timeout(PAGE_MILLIS),
  });
  if (!response.ok) throw new Error(`the collector answers ${response.status} to an old span`);
  return { service, job };
}
