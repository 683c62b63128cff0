import type { Backends } from '../read/received.js';
import { readAlerts, shortened } from './alert.js';
import { alertFinds, panelFinds, valuesOf } from './found.js';
import { fillIn, panelQueries, variables } from './panel-query.js';

/** What Grafana puts in by itself: a window that short runs fill. */
const GRAFANA = { __rate_interval: '20s', __range: '10m' };

interface Open {
  readonly where: string;
  readonly alert?: string;
  readonly finds: (backends: Backends, values: Readonly<Record<string, string>>) => Promise<boolean>;
}

/** The queries of all panels and alerts that have found nothing yet. */
export class Unfound {
  #open: Open[] = [
    ...panelQueries().map(
      (query): Open => ({
        where: query.where,
        finds: (backends, values) => panelFinds(backends, query, fillIn(query.expr, values)),
      }),
    ),
    ...readAlerts().map(
      (alert): Open => ({
        where: `alert ${alert.alert}`,
        alert: alert.alert,
        finds: (backends) => alertFinds(backends, shortened(alert)),
      }),
    ),
  ];

  get where(): string[] {
    return this.#open.map(({ where }) => where);
  }

  /** Asks the panels that have found nothing so far, and these alerts: each is to be triggered by the run that is made for it. */
  async look(backends: Backends, alerts: readonly string[]): Promise<void> {
    const values = await chooseAll(backends);
    if (values === undefined) return;
    const still: Open[] = [];
    for (const one of this.#open) {
      const isAsked = one.alert === undefined || alerts.includes(one.alert);
      if (!isAsked || !(await one.finds(backends, values))) still.push(one);
    }
    this.#open = still;
  }
}

/** All values of each variable, as Grafana writes them into a query; undefined while one has none. */
async function chooseAll(backends: Backends): Promise<Record<string, string> | undefined> {
  const chosen: Record<string, string> = { ...GRAFANA };
  for (const variable of variables()) {
    const values = await valuesOf(backends, variable, (expr) => fillIn(expr, chosen));
    if (values.length === 0) return undefined;
    chosen[variable.name] = variable.all ?? `(${values.join('|')})`;
  }
  return chosen;
}
