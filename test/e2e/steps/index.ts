import { dashboards } from './dashboards.js';
import { documentation } from './documentation.js';
import { equalMessages } from './equal-messages.js';
import { fiveMinutes } from './five-minutes.js';
import { goneGauges } from './gone-gauges.js';
import { jaegerUi } from './jaeger-ui.js';
import { licences } from './licences.js';
import { collectorKilled, jaegerKilled, lokiKilled } from './outages.js';
import { poison } from './poison.js';
import { spanMetrics } from './span-metrics.js';
import type { Step } from './step.js';
import { tailSampling } from './tail-sampling.js';
import { twoBoxes } from './two-boxes.js';
import { twoDestinations } from './two-destinations.js';
import { twoServices } from './two-services.js';
import { validators } from './validators.js';
import { wholeRuns } from './whole-runs.js';

/** In their order: what is killed forgets what it counted, so what adds up comes before. */
export const steps: readonly Step[] = [
  validators,
  licences,
  wholeRuns,
  twoDestinations,
  twoBoxes,
  jaegerKilled,
  spanMetrics,
  equalMessages,
  poison,
  collectorKilled,
  lokiKilled,
  goneGauges,
  tailSampling,
  documentation,
  fiveMinutes,
  jaegerUi,
  twoServices,
  dashboards,
];
