import type { Backends } from '../read/received.js';
import { readAlerts, shortened } from './alert.js';
import { readDashboards } from './dashboard-file.js';
import { alertFinds, panelFinds } from './found.js';
import { panelQueries } from './panel-query.js';
import type { Values } from './variable.js';
import { choicesOf } from './variable.js';

interface Open {
  readonly where: string;
  /** The dashboard that it is on; undefined for an alert. */
  readonly dashboard?: string;
  readonly finds: (values: Values) => Promise<boolean>;
}

const ALERT = 'alert ';

/** The queries of all panels and alerts that have found nothing yet. */
export class Unfound {
  readonly #backends: Backends;
  readonly #dashboards = readDashboards();
  #open: Open[];

  constructor(backends: Backends) {
    this.#backends = backends;
    this.#open = [
      ...panelQueries(this.#dashboards).map(
        (query): Open => ({
          where: query.where,
          dashboard: query.dashboard,
          finds: (values) => panelFinds(backends, query, values),
        }),
      ),
      ...readAlerts().map(
        (alert): Open => ({
          where: `${ALERT}${alert.alert}`,
          finds: () => alertFinds(backends, shortened(alert)),
        }),
      ),
    ];
  }

  get where(): string[] {
    return this.#open.map(({ where }) => where);
  }

  /** Asks the panels that have found nothing so far, and these alerts: each is to be triggered by the run that is made for it. */
  async look(alerts: readonly string[]): Promise<void> {
    const found = new Set<Open>();
    for (const file of this.#dashboards) {
      const open = this.#open.filter(({ dashboard }) => dashboard === file.title);
      if (open.length > 0) await lookAt(open, await choicesOf(this.#backends, file), found);
    }
    const asked = this.#open.filter(({ where }) => alerts.some((one) => where === `${ALERT}${one}`));
    await lookAt(asked, [{}], found);
    this.#open = this.#open.filter((one) => !found.has(one));
  }
}

/** A query that finds something by one of the choices is found. */
async function lookAt(open: readonly Open[], choices: readonly Values[], found: Set<Open>): Promise<void> {
  for (const one of open) {
    for (const values of choices) {
      if (!(await one.finds(values))) continue;
      found.add(one);
      break;
    }
  }
}
