import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ExampleRun } from '../support/example-run.js';
import { runExample } from '../support/example-run.js';

const SPEED = ['--speed', '40'];
/** A job, its type and what happens to it, as the example introduces the jobs to watch. */
const STORY = /^● (job_1_\d+) +(\w+) +(.+)$/;

/** Runs the example as if its output were a terminal of so many columns. */
function runOnTerminal(columns: number, flags: readonly string[] = []): Promise<ExampleRun> {
  const terminal = `if (!process.send) Object.assign(process.stdout, { isTTY: true, columns: ${columns} });`;
  const preload = `data:text/javascript,${encodeURIComponent(terminal)}`;
  const env = { NODE_OPTIONS: `--import=${preload}`, TERM: 'xterm', NO_COLOR: '' };
  return runExample([...SPEED, ...flags], { env });
}

/** Everything that a line of the terminal showed, what was written over too. */
function everWritten(run: ExampleRun): string[] {
  return run.stdout.split(/[\r\n]/).map(stripVTControlCharacters);
}

/** The lines as they stand in the end. */
function linesOf(run: ExampleRun): string[] {
  return run.stdout.split('\n').map((line) => stripVTControlCharacters(line.split('\r').at(-1) ?? ''));
}

/** How many lines the box's console got. */
function consoleLines(run: ExampleRun): number {
  const { destinations } = JSON.parse(run.files.stats) as {
    destinations: { console: { channels: { sink: { delivered: number } } } };
  };
  return destinations.console.channels.sink.delivered;
}

function numbers(lines: readonly string[], pattern: RegExp): number[] {
  return lines.flatMap((line) => pattern.exec(line)?.slice(1).map(Number) ?? []);
}

describe.each([60, 100])('the job queue example, on a terminal of %i columns', (columns) => {
  let run: ExampleRun;
  let lines: string[];
  beforeAll(async () => {
    run = await runOnTerminal(columns);
    lines = linesOf(run);
  });

  test('example - no line is wider than the terminal, and colours are none of its width', () => {
    expect(run.code).toBe(0);
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('\u001b[31m');
    // The path of the test's own file is an address, which nothing breaks.
    const wide = everWritten(run).filter((line) => line.length > columns && !/^\S+$/.test(line));
    expect(wide).toEqual([]);
  });

  test('example - tells the stories of an abandoned, a retried and a slow job whole', () => {
    const stories = lines.flatMap((line) => STORY.exec(line)?.slice(1) ?? []);
    expect(stories).toHaveLength(3 * 3);
    const [dead = '', , , slow = '', , , retried = ''] = stories;
    const eventsOf = (job: string): string[] =>
      lines
        .filter((line) => / s {2}/.test(line) && line.includes(` ${job} `))
        .map((line) => line.split(/ +/)[3] ?? '');
    const tried = ['job.started', 'job.failed', 'job.retrying'];
    expect(eventsOf(dead)).toEqual([
      'job.queued',
      ...tried,
      ...tried,
      'job.started',
      'job.failed',
      'job.abandoned',
    ]);
    expect(eventsOf(retried)).toEqual([
      'job.queued',
      ...tried,
      'job.started',
      expect.any(String),
      'job.completed',
    ]);
    expect(eventsOf(slow)).toEqual(['job.queued', 'job.started', expect.any(String), 'job.completed']);
  });

  test('example - counts the lines that it folds, and shows each warning', () => {
    const folded = numbers(lines, /^ +⋯ (\d+) routine lines?$/).reduce((sum, n) => sum + n, 0);
    const shown = lines.filter((line) => /^[● ] +\d+\.\d\d s {2}/.test(line));
    expect(folded).toBeGreaterThan(100);
    expect(folded + shown.length).toBe(consoleLines(run));
    expect(lines).toContain(
      `${folded + shown.length} lines: ${shown.length} shown, ${folded} folded (--verbose shows all).`,
    );
    expect(shown.some((line) => /queue\.backlog +8 of 10 waiting$/.test(line))).toBe(true);
    expect(shown.some((line) => /job\.rejected +job_1_\d+ /.test(line))).toBe(true);
    expect(lines.filter((line) => line.startsWith('ALERT: QUEUE_BACKLOG'))).not.toHaveLength(0);
  });

  test('example - times count from the beginning of the run, in its lines, its waterfall and its end', () => {
    const times = numbers(lines, /^[● ] +(\d+\.\d\d) s {2}/);
    const seconds = (text = ''): number => Number.parseFloat(text) / (text.endsWith('ms') ? 1000 : 1);
    // A quick machine is done within a second, which is told in milliseconds.
    const took = seconds(lines.flatMap((line) => /^Jobs, after ([\d.]+ m?s)$/.exec(line)?.slice(1) ?? [])[0]);
    expect(times).not.toEqual([]);
    expect(times.every((time) => time > 0 && time <= Number(took.toFixed(2)))).toBe(true);
    const dead = lines.filter((line) => / job_1_3 /.test(line));
    const [queued, abandoned] = ['job.queued', 'job.abandoned'].map(
      (event) => / ([\d.]+) s /.exec(dead.find((line) => line.includes(event)) ?? '')?.[1],
    );
    const ruler = lines
      .map((line) => /^ +([\d.]+ m?s) ─+ ([\d.]+ m?s)$/.exec(line))
      .find((found) => found !== null);
    // To the last digit that is printed: the enqueue span begins before its event, and the last attempt ends after its own.
    const [from, to] = [seconds(ruler?.[1]), seconds(ruler?.[2])];
    expect(from).toBeGreaterThan(0);
    expect(from).toBeLessThanOrEqual(Number(queued) + 0.01);
    expect(to).toBeGreaterThanOrEqual(Number(abandoned) - 0.01);
    expect(to).toBeLessThanOrEqual(took + 0.01);
  });

  test('example - the last three lines are what to try next', () => {
    expect(lines.slice(-5)).toEqual([
      'Try next',
      '  every line: npm run example -- --verbose',
      '  in Jaeger, Grafana: docker compose up --wait, then again',
      '  another engine: npm run example -- --engine pg-boss',
      '',
    ]);
  });

  test('example - with --verbose every line is shown, none wider than the terminal', async () => {
    const verbose = await runOnTerminal(columns, ['--verbose']);
    const all = linesOf(verbose);
    expect(everWritten(verbose).filter((line) => line.length > columns && !/^\S+$/.test(line))).toEqual([]);
    expect(all.filter((line) => /^\d\d:\d\d:\d\d\.\d{3} [A-Z]/.test(line))).toHaveLength(
      consoleLines(verbose),
    );
    expect(verbose.stdout).not.toMatch(/routine line|folded|\r/);
    expect(all.slice(-4, -1)).toEqual([
      '  failures, an alert: npm run example -- --fail email=0.9',
      '  in Jaeger, Grafana: docker compose up --wait, then again',
      '  another engine: npm run example -- --engine pg-boss',
    ]);
  });
});

describe('the job queue example, where its output is no terminal', () => {
  test('example - folds nothing and suggests nothing, with --verbose and without', async () => {
    for (const flags of [[], ['--verbose']]) {
      const run = await runExample([...SPEED, ...flags]);
      const lines = run.stdout.split('\n');
      expect(lines.filter((line) => /^\d\d:\d\d:\d\d\.\d{3} [A-Z]/.test(line))).toHaveLength(
        consoleLines(run),
      );
      expect(run.stdout).not.toMatch(/Watch these|routine line|folded|Try next|\r/);
      expect(lines.at(-3)).toMatch(/^the ledger is /);
    }
  });

  test('example - under --format json a terminal gets JSON lines whole', async () => {
    const run = await runOnTerminal(60, ['--format', 'json']);
    const lines = run.stdout.split('\n').filter(Boolean);
    expect(lines).toHaveLength(consoleLines(run));
    for (const line of lines) JSON.parse(line);
  });
});
