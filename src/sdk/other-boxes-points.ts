import type { PointMarks } from '../delivery/destination.js';
import { BOX } from '../telemetry/point-marks.js';
import type { Metric } from './metric-batch.js';
import { isObserved } from './metrics/point.js';

/** The labels of one point. */
type Attributes = Readonly<Record<string, unknown>>;

/**
 * The points that other boxes gave the app's own SDK for an instrument of our scope, which views may have renamed. The box's own
 * points come from its own aggregation. `own`: whether the box gave that SDK any.
 */
export function othersPoints(
  metric: Metric,
  instrument: string,
  own: boolean,
  marks: PointMarks | undefined,
): Metric {
  const first = marks?.first({ instrument, observed: isObserved(metric.descriptor.type) });
  const unmarkedAreOwn = own && (first === undefined || first === marks?.number);
  const dataPoints = metric.dataPoints.flatMap((point) => {
    const { attributes } = point as { readonly attributes: Attributes };
    if (BOX in attributes) return attributes[BOX] === marks?.number ? [] : [point];
    if (unmarkedAreOwn) return [];
    // Other boxes' overflow series, or points of a copy of the package that marks none. The box itself has points of that name, so
    // these get a mark.
    const clash = marks !== undefined && first === marks.number;
    return [clash ? { ...(point as object), attributes: { ...attributes, [BOX]: marks.otel } } : point];
  });
  return { ...metric, dataPoints };
}
