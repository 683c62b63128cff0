import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { linksInto } from '../../examples/job-queue/links.js';
import { runExported } from '../support/example-run.js';
import type { ReceivedSpan } from '../support/otlp-model.js';
import { readOtlp } from '../support/otlp-model.js';

const SIGHTS = { service: 'job-queue', retried: 'a1', abandoned: 'b2' };
/** Ports that nobody listens on. */
const NOBODY = {
  JAEGER_URL: 'http://127.0.0.1:1',
  GRAFANA_URL: 'http://127.0.0.1:1',
  PROMETHEUS_URL: 'http://127.0.0.1:1',
  LOKI_URL: 'http://127.0.0.1:1',
};

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Something that answers each request so; not at all where there is no status. */
async function serve(status: number | undefined): Promise<string> {
  const server = createServer((_request, response) => {
    if (status !== undefined) response.writeHead(status).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('links of a run', () => {
  test('links - where nothing answers there are none', async () => {
    expect(await linksInto(SIGHTS, NOBODY)).toEqual([]);
  });

  test('links - Jaeger shows the retried and the abandoned job', async () => {
    const jaeger = await serve(200);
    expect(await linksInto(SIGHTS, { ...NOBODY, JAEGER_URL: `${jaeger}/` })).toEqual([
      `a retried job: ${jaeger}/trace/a1`,
      `an abandoned job: ${jaeger}/trace/b2`,
    ]);
  });

  test('links - a job that never was has no link', async () => {
    const jaeger = await serve(200);
    const links = await linksInto({ ...SIGHTS, abandoned: undefined }, { ...NOBODY, JAEGER_URL: jaeger });
    expect(links).toEqual([`a retried job: ${jaeger}/trace/a1`]);
  });

  test('links - Grafana opens the dashboard, and the records by their event name', async () => {
    const grafana = await serve(200);
    const [dashboard, records, ...more] = await linksInto(SIGHTS, { ...NOBODY, GRAFANA_URL: grafana });
    expect(dashboard).toBe(`the dashboard: ${grafana}/d/signalbox-jobs?var-service=job-queue`);
    const panes = new URL(records?.slice(records.indexOf('http')) ?? '').searchParams.get('panes');
    expect(JSON.parse(panes ?? '')).toMatchObject({
      a: {
        datasource: 'loki',
        queries: [
          { datasource: { uid: 'loki' }, expr: '{service_name="job-queue"} | event_name="job.abandoned"' },
        ],
      },
    });
    expect(more).toEqual([]);
  });

  test('links - without Grafana, Prometheus and Loki answer for themselves', async () => {
    const [prometheus, loki] = [await serve(200), await serve(200)];
    const links = await linksInto(SIGHTS, { ...NOBODY, PROMETHEUS_URL: prometheus, LOKI_URL: loki });
    expect(links.map((link) => link.replace(/\?.*/, ''))).toEqual([
      `abandoned jobs, their records: ${loki}/loki/api/v1/query_range`,
      `jobs by outcome: ${prometheus}/graph`,
    ]);
  });

  test('links - where the workers are a service of their own, the dashboard has both, and records are theirs', async () => {
    const grafana = await serve(200);
    const sights = { ...SIGHTS, workers: 'job-queue-worker' };
    const [dashboard, records] = await linksInto(sights, { ...NOBODY, GRAFANA_URL: grafana });
    expect(dashboard).toMatch(/var-service=job-queue&var-service=job-queue-worker$/);
    expect(decodeURIComponent(records ?? '')).toContain('{service_name=\\"job-queue-worker\\"}');
  });

  test('links - what is ill or silent is left out, and costs no more than a moment', async () => {
    const [ill, silent] = [await serve(503), await serve(undefined)];
    const began = performance.now();
    expect(await linksInto(SIGHTS, { ...NOBODY, JAEGER_URL: silent, GRAFANA_URL: ill })).toEqual([]);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test.each(['parent', 'link'])(
    'links - with --relation %s a run leads to attempts that were retried and abandoned',
    async (relation) => {
      const jaeger = await serve(200);
      const flags = ['--jobs', '30', '--seed', '7', '--speed', '100', '--relation', relation];
      const run = await runExported(flags, { env: { ...NOBODY, JAEGER_URL: jaeger } });
      const { spans } = readOtlp(run.endpoint.requests);
      const attemptsAt = (what: string): ReceivedSpan[] => {
        const trace = new RegExp(`${what}: ${jaeger}/trace/([0-9a-f]{32})$`, 'm').exec(run.stdout)?.[1];
        return spans.filter(
          ({ traceId, attributes }) => traceId === trace && attributes['job.attempt.number'] !== undefined,
        );
      };
      expect(
        attemptsAt('a retried job').some(({ attributes }) => Number(attributes['job.attempt.number']) > 1),
      ).toBe(true);
      expect(
        attemptsAt('an abandoned job').some(({ attributes }) => 'job.abandon.reason' in attributes),
      ).toBe(true);
    },
  );

  test('links - the dashboard that is linked to is one that is provisioned', async () => {
    const { uid } = JSON.parse(readFileSync('deploy/grafana/dashboards/jobs-overview.json', 'utf8')) as {
      uid: string;
    };
    expect(uid).toBe('signalbox-jobs');
  });
});
