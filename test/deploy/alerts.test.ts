import { describe, expect, test } from 'vitest';
import { readAlerts, shortened } from '../e2e/dashboards/alert.js';
import { panelQueries } from '../e2e/dashboards/panel-query.js';
import { text } from './files.js';
import { CONTRACT_METRICS, isUnknown, namesIn, prometheusNames } from './query-names.js';

const alerts = readAlerts();

/** Metrics of the contract that no panel and no alert shows, and why. */
const NOT_SHOWN: Readonly<Record<string, string>> = {};

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

  test('alerts - each is tested by promtool, firing and quiet', () => {
    const tests = text('test/deploy/rules/signalbox.test.yml');
    for (const { alert } of alerts) {
      expect(tests).toMatch(new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:\\n`));
      if (alert !== 'JobFailureRatio') expect(tests).toContain(`alertname: ${alert}, exp_alerts: []`);
    }
  });

  test('alerts - no expression refers to a name that nobody sends', () => {
    for (const { alert, expr } of alerts) expect(namesIn(expr).filter(isUnknown), alert).toEqual([]);
  });

  test('alerts - a threshold that is shortened for a run is one that the rule has', () => {
    for (const alert of alerts) expect(() => shortened(alert)).not.toThrow();
  });

  test('alerts and dashboards - every metric of the contract is shown, or said not to be', () => {
    const shown = new Set([...panelQueries(), ...alerts].flatMap(({ expr }) => namesIn(expr)));
    const missing = CONTRACT_METRICS.filter(
      (metric) => !prometheusNames(metric).some((name) => shown.has(name)),
    );
    expect(missing).toEqual(Object.keys(NOT_SHOWN));
  });

  test('query names - a name that nobody sends is found', () => {
    expect(namesIn('sum by (job_typo) (rate(job_ended_totals{queue="x"}[5m]))').filter(isUnknown)).toEqual([
      'job_typo',
      'job_ended_totals',
      'queue',
    ]);
  });
});
