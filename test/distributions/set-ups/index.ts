import type { SetUp } from '../set-up.js';
import { autoInstrumentations2 } from './auto-instrumentations-2.js';
import { autoInstrumentations3 } from './auto-instrumentations-3.js';
import { autotel } from './autotel.js';
import { aws } from './aws.js';
import { azure } from './azure.js';
import { configurationFile } from './configuration-file.js';
import { dash0 } from './dash0.js';
import { ddTrace } from './dd-trace.js';
import { ddTraceBesideSdk } from './dd-trace-beside-sdk.js';
import { elastic } from './elastic.js';
import { honeycomb } from './honeycomb.js';
import { logfire } from './logfire.js';
import { newRelic } from './new-relic.js';
import { next } from './next.js';
import { sentry10 } from './sentry-10.js';
import { sentry11, sentry11OpenTelemetry } from './sentry-11.js';
import { vercel } from './vercel.js';

/** In the order of the table. */
export const SET_UPS: readonly SetUp[] = [
  autoInstrumentations2,
  autoInstrumentations3,
  configurationFile,
  sentry10,
  sentry11,
  sentry11OpenTelemetry,
  ddTrace,
  ddTraceBesideSdk,
  newRelic,
  azure,
  vercel,
  next,
  elastic,
  honeycomb,
  dash0,
  logfire,
  aws,
  autotel,
];
