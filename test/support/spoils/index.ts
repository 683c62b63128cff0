import { ofLogs } from './of-logs.js';
import { ofMetrics } from './of-metrics.js';
import { ofOrigins } from './of-origins.js';
import { ofSettle } from './of-settle.js';
import { ofSpans } from './of-spans.js';
import type { Spoil } from './spoil.js';

/** All the ways in which telemetry is made untrue here. */
export const SPOILS: readonly Spoil[] = [...ofSpans, ...ofSettle, ...ofLogs, ...ofMetrics, ...ofOrigins];
