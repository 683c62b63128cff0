import type { Scene } from './step.js';

/** Says what a step leaves out where Loki and Grafana themselves are not run; nothing where they are. */
export function sayLeftOut({ stack, say }: Scene, what: string): void {
  if (stack.grafana === undefined)
    say(`left out: ${what}: Loki and Grafana are AGPL and not built here; --docker runs them`);
}
