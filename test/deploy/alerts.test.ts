import { describe, expect, test } from 'vitest';
import { EmitCounts } from '../../src/box/emit-counts.js';
import { readAlerts, shortened } from '../e2e/dashboards/alert.js';
import { panelQueries } from '../e2e/dashboards/panel-query.js';
import { filesUnder, text, yaml } from './files.js';
import { knownNames } from './known-names.js';
import { parsePromql } from './parse-query.js';

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly eval_time: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

const alerts = readAlerts();
const known = await knownNames();

/** Metrics of the contract that no panel and no alert shows, and why. */
const NOT_SHOWN: Readonly<Record<string, string>> = {
  'email.sent': 'business of the example; what an app counts of its own belongs on pages of its own',
  'report.generated': 'as email.sent',
  'data.processed': 'as email.sent',
  'payment.processed': 'as email.sent',
  'payment.amount': 'as email.sent',
};

describe('alerts', () => {
  test('alerts - each has a severity, a summary, a description, and its section in the runbook', () => {
    const headings = new Set(text('docs/runbook.md').match(/^## .+$/gm));
    for (const { alert, labels, annotations } of alerts) {
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary, alert).toBeTruthy();
      expect(annotations.description, alert).toMatch(/\.$/);
      expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
      expect(headings).toContain(`## ${alert}`);
    }
    expect(headings.size).toBe(alerts.length);
  });

  test('alerts - promtool sees each quiet, firing, and then clear again', () => {
    const { tests } = yaml<RuleTests>('test/deploy/rules/signalbox.test.yml');
    for (const { alert } of alerts) {
      const courses = tests.map(({ alert_rule_test: looks }) =>
        looks
          .filter(({ alertname }) => alertname === alert)
          .map(({ exp_alerts: expected }) => (expected.length > 0 ? 'fires' : 'quiet'))
          .join(' '),
      );
      expect(courses, alert).toContain('quiet fires quiet');
    }
  });

  test('alerts - no expression refers to a name that nobody sends', () => {
    for (const { alert, expr } of alerts) expect(known.unknownInPromql(expr), alert).toEqual([]);
  });

  test('alerts - what an annotation names is a label that its alert keeps', () => {
    for (const { alert, expr, annotations } of alerts) {
      const kept = new Set(parsePromql(expr).grouped);
      for (const [, label = ''] of Object.values(annotations)
        .join(' ')
        .matchAll(/\$labels\.(\w+)/g))
        expect(kept, alert).toContain(label);
    }
  });

  test('alerts - a threshold that is shortened for a run is one that the rule has', () => {
    for (const alert of alerts) expect(() => shortened(alert)).not.toThrow();
  });

  test('alerts and dashboards - every metric of the contract is shown, or said not to be', () => {
    const prometheus = panelQueries().filter((query) => query.source === 'prometheus');
    const exprs = [...prometheus, ...alerts].map(({ expr }) => expr);
    const shown = new Set(exprs.flatMap((expr) => parsePromql(expr).selectors).map(({ metric }) => metric));
    const missing = known.emitted.filter(({ series }) => !series.some((name) => shown.has(name)));
    expect(missing.map(({ name }) => name).sort()).toEqual(Object.keys(NOT_SHOWN).sort());
  });

  test('the contract - docs/wire.md names every metric, and what Prometheus makes of it', () => {
    const [, table = ''] = /## Metrics\n\n([\s\S]*?)\n\n/.exec(text('docs/wire.md')) ?? [];
    const rows = table
      .split('\n')
      .slice(2)
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const named = rows.flatMap(({ 1: names = '', 4: inPrometheus = '' }) => {
      const prometheus = codeIn(inPrometheus);
      return codeIn(names).map((name, i) => `${name} ${prometheus[i]}`);
    });
    const library = known.emitted.filter(({ isExample }) => !isExample);
    expect(named.sort()).toEqual(library.map(({ name, prometheus }) => `${name} ${prometheus}`).sort());
  });

  test('the runbook - every reason to drop is in it, but those that a user asked for', () => {
    const source = filesUnder('src').map(text).join('\n');
    const reasons = new Set(
      [...source.matchAll(/(?:dropped(?:\(|: )|refuse(?:\(|: )|refused = )'(\w+)'/g)].map(
        ([, reason = '']) => reason,
      ),
    );
    // What queues refuse is counted by whoever asked them.
    const [, refusals = ''] = /type QueueRefusal = ([^;]+);/.exec(source) ?? [];
    for (const [, reason = ''] of refusals.matchAll(/'(\w+)'/g)) reasons.add(reason);
    // What did not get past the door is counted without a destination.
    for (const refused of Object.keys(new EmitCounts())) reasons.add(refused);
    for (const count of ['emitted', 'unrouted']) reasons.delete(count);
    const asked = /signalbox_drop_reason!~"([^"]+)"/.exec(text('deploy/prometheus/rules/signalbox.yml'))?.[1];
    const [, section = ''] = /## TelemetryDropped\n([\s\S]*?)\n## /.exec(text('docs/runbook.md')) ?? [];
    const told = section
      .split('\n')
      .filter((line) => line.startsWith('| `dropped`, '))
      .flatMap((line) => codeIn(line.split('|')[1] ?? '').slice(1));
    const unasked = [...reasons].filter((reason) => !asked?.split('|').includes(reason));
    expect(told.sort()).toEqual(unasked.sort());
  });
});

describe('query names', () => {
  test.each([
    ['a metric', 'sum(rate(job_ended_totals[5m]))', ['job_ended_totals']],
    ['a label to group by', 'sum by (job_typo) (job_ended_total)', ['by (job_typo)']],
    ['a label that another metric has', 'queue_jobs{job_type=~"$x"}', ['queue_jobs{job_type}']],
    [
      'a label that spans do not have',
      'traces_span_metrics_calls_total{job_type=~"$x"}',
      ['traces_span_metrics_calls_total{job_type}'],
    ],
    ['a value', 'job_ended_total{job_outcome=~"completed|abandonned"}', ['job_outcome="abandonned"']],
    ['a metric of several', '{__name__=~"queue_jobs|queue_job"}', ['queue_job']],
  ])('query names - %s that nobody sends is found', (_, expr, unknown) => {
    expect(known.unknownInPromql(expr)).toEqual(unknown);
  });

  test('query names - a stream, a field and an event of records that nobody sends are found', () => {
    const expr = '{job_type="x"} | job_typ="$y" | event_name="job.fail" | service_name="z"';
    expect(known.unknownInLogql(expr)).toEqual(['{job_type}', 'job_typ', 'service_name', 'job.fail']);
  });
});

function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}
