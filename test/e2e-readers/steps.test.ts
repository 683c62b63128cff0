import { describe, expect, test } from 'vitest';
import { readAnswers, storedAnswers } from '../e2e/answers.js';
import { parseFlags } from '../e2e/flags.js';
import type { PrometheusSample } from '../e2e/read/prometheus.js';
import { settle } from '../e2e/settle.js';
import type { Stack } from '../e2e/stack/stack.js';
import { sayLeftOut } from '../e2e/steps/left-out.js';
import { differences as sumDifferences } from '../e2e/steps/span-metrics.js';
import { compareSurvivors } from '../e2e/steps/survivors.js';
import { differences, routed } from '../e2e/steps/two-destinations.js';
import type { Channel } from '../e2e/subjects/exports.js';
import { logId, readExports } from '../e2e/subjects/exports.js';
import type { Played } from '../e2e/subjects/job-queue.js';
import type { Received } from '../support/otlp-model.js';
import { drop, first } from '../support/spoils/spoil.js';

const answers = storedAnswers();
const received = readAnswers(answers);
const idsOf = ({ spans, logs }: Received): Record<Channel, readonly string[]> => ({
  spans: spans.map(({ spanId }) => spanId),
  logs: logs.map(logId),
});
const ids = idsOf(received);

/** The stored run, with notes that say of the last few of each channel that their export failed. */
function played(failed: number, counted = failed, told = received): Played {
  const ids = idsOf(told);
  const notes = (['spans', 'logs'] as const).flatMap((channel, i) => {
    const cut = ids[channel].length - failed;
    return [
      { call: 4 * i, channel, ids: ids[channel].slice(0, cut), outcome: 'began' },
      { call: 4 * i, channel, ids: [], outcome: 'delivered' },
      { call: 4 * i + 1, channel, ids: ids[channel].slice(cut), outcome: 'began' },
      { call: 4 * i + 1, channel, ids: [], outcome: 'failed' },
    ];
  });
  const text = notes.map((note) => `${JSON.stringify(note)}\n`).join('');
  return {
    play: answers.play,
    key: { service: 'job-queue', instance: 'stored', fromMillis: 0, toMillis: 0 },
    ledger: answers.ledger,
    account: () => ({ delivered: 0, dropped: {}, failed: counted }),
    exports: (channel) => readExports(text, channel),
  };
}

describe('compareSurvivors', () => {
  test('compareSurvivors() - finds nothing where nothing is missing, and nothing in what came twice', () => {
    expect(compareSurvivors(played(0), received)).toEqual({ missing: { spans: 0, logs: 0 }, mismatches: [] });
    const twice = { ...received, spans: [...received.spans, ...received.spans] };
    expect(compareSurvivors(played(0), twice).mismatches).toEqual([]);
  });

  test('compareSurvivors() - what failed may be missing, and may have arrived all the same', () => {
    const less = { ...received, spans: received.spans.slice(0, -3), logs: received.logs.slice(0, -3) };
    expect(compareSurvivors(played(5), less)).toEqual({ missing: { spans: 3, logs: 3 }, mismatches: [] });
  });

  test('compareSurvivors() - the record of an end may be missing where its export failed, though its span arrived', () => {
    const ends = received.logs.filter(({ eventName }) => eventName === 'job.completed');
    const others = received.logs.filter((log) => !ends.includes(log));
    const lastEnds: Received = { ...received, logs: [...others, ...ends] };
    const failed = played(5, 5, lastEnds);
    expect(compareSurvivors(failed, { ...lastEnds, logs: lastEnds.logs.slice(0, -5) })).toEqual({
      missing: { spans: 0, logs: 5 },
      mismatches: [],
    });
  });

  test('compareSurvivors() - finds a span and a record that are missing though they were delivered', () => {
    const less = { ...received, spans: received.spans.slice(1), logs: received.logs.slice(1) };
    const found = compareSurvivors(played(5), less).mismatches;
    expect(found).toContain(
      `1 of ${ids.spans.length - 5} spans are missing though delivered, as ${ids.spans[0]}`,
    );
    expect(found).toContain(
      `1 of ${ids.logs.length - 5} log records are missing though delivered, as ${ids.logs[0]}`,
    );
  });

  test('compareSurvivors() - finds that more is missing than stats() owns up to', () => {
    const less = { ...received, spans: received.spans.slice(0, -5) };
    const found = compareSurvivors(played(5, 4), less).mismatches.join('\n');
    expect(found).toMatch(/^5 spans are missing, and stats\(\) calls 4 failed or dropped$/m);
    expect(found).toMatch(/spans \d+ were delivered, and stats\(\) calls 4 lost$/m);
  });

  test('compareSurvivors() - finds a span that no exporter was given, and a job that the spans tell untruly', () => {
    const [span] = received.spans;
    if (span === undefined) throw new Error('nothing was answered');
    const strange = { ...received, spans: [...received.spans, { ...span, spanId: 'f'.repeat(16) }] };
    expect(compareSurvivors(played(0), strange).mismatches.join()).toMatch(
      /1 spans were found and never exported/,
    );
    const untrue = { ...received, spans: [{ ...span, name: 'x' }, ...received.spans.slice(1)] };
    expect(compareSurvivors(played(0), untrue).mismatches.join()).toMatch(/is 'x' of kind/);
  });

  test('compareSurvivors() - finds a total that is not whole, whatever was lost', () => {
    const less = structuredClone(received);
    first(less.series, ({ metric }) => metric === 'job.ended').value -= 1;
    expect(compareSurvivors(played(5), less).mismatches.join()).toMatch(/job.ended of .* is \d+, not \d+/);
  });

  test('readExports() - leaves out a line that is not yet whole', () => {
    const line = JSON.stringify({ call: 1, channel: 'spans', ids: ['a'], outcome: 'began' });
    expect([...readExports(`${line}\n${line.slice(0, 20)}`, 'spans').given]).toEqual(['a']);
  });
});

describe('the second of two destinations', () => {
  const wanted = routed(received) as Received;

  test('differences() - finds nothing in just what the route says', () => {
    expect(wanted.logs.length).toBeGreaterThan(5);
    expect(differences(wanted, structuredClone(wanted))).toEqual([]);
  });

  test.each(['logs', 'spans', 'series'] as const)(
    'differences() - finds what is missing, too much or other in the %s',
    (part) => {
      const lacking = structuredClone(wanted);
      drop<unknown>(lacking[part], lacking[part][0]);
      expect(differences(wanted, lacking).join('\n')).toMatch(
        /^the second has \d+ .*, not \d+\nthe second lacks/,
      );
      expect(differences(wanted, { ...wanted, [part]: received[part] }).join('\n')).toMatch(
        /what the first has not/,
      );
      const other = structuredClone(wanted);
      first<{ attributes: Record<string, unknown> }>(other[part], () => true).attributes.extra = 1;
      expect(differences(wanted, other).length).toBe(2);
    },
  );
});

describe('a step without Docker', () => {
  const said = (grafana: string | undefined): string[] => {
    const lines: string[] = [];
    const stack = { grafana } as Stack;
    sayLeftOut({ stack, second: undefined, say: (line) => lines.push(line) }, 'the pages');
    return lines;
  };

  test('sayLeftOut() - says what is left out and why, and nothing where Loki and Grafana are', () => {
    expect(said(undefined)).toEqual([
      'left out: the pages: Loki and Grafana are AGPL and not built here; --docker runs them',
    ]);
    expect(said('http://127.0.0.1:3000')).toEqual([]);
  });
});

describe('the metrics made of spans', () => {
  const sample = (labels: Record<string, string>, value: string): PrometheusSample => ({
    metric: labels,
    value: [0, value],
  });
  const ours = [sample({ job_type: 'email' }, '12'), sample({ job_type: 'report', error_type: 'x' }, '3')];

  test('differences() - finds another sum, and labels that only one side has', () => {
    expect(sumDifferences(ours, [...ours].reverse())).toEqual([]);
    expect(sumDifferences(ours, [sample({ job_type: 'email' }, '13'), ...ours.slice(1)])).toHaveLength(1);
    expect(sumDifferences(ours, ours.slice(1))).toHaveLength(1);
    expect(sumDifferences(ours.slice(1), ours)).toHaveLength(1);
  });
});

describe('the command', () => {
  test('settle() - gives what is still amiss at the deadline, a failure to answer too', async () => {
    let looks = 0;
    expect(await settle(60_000, async () => (++looks < 2 ? ['not yet'] : []))).toEqual([]);
    expect(await settle(0, async () => ['never'])).toEqual(['never']);
    expect(await settle(0, () => Promise.reject(new Error('no answer')))).toEqual(['no answer']);
  });

  test('parseFlags() - refuses a step that there is not, and a flag', () => {
    expect(parseFlags(['--only', 'a', '--keep'], ['a', 'b'])).toMatchObject({
      only: ['a'],
      keep: true,
      docker: false,
    });
    expect(parseFlags(['--build'], [])).toMatchObject({ build: true, only: [] });
    expect(() => parseFlags(['--only', 'c'], ['a', 'b'])).toThrow("--only takes a, b, not 'c'.");
    expect(() => parseFlags(['--dokcer'], [])).toThrow();
  });
});
