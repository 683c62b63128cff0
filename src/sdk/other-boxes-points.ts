import type { PointMarks } from '../delivery/destination.js';
import { BOX } from '../telemetry/point-marks.js';
import type { Metric } from './metric-batch.js';
import { isObserved } from './metrics/point.js';

/** What stands on one point. */
type Attributes = Readonly<Record<string, unknown>>;

/**
 * What other boxes gave the app's own SDK of an instrument of our scope, which views may have renamed. The box's own points come by its own aggregation: `own` says
 * whether it gave that SDK any.
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
    // The overflow series of others, or the points of a copy of the package that marks none: the box has some under that name itself.
    const clash = marks !== undefined && first === marks.number;
    return [clash ? { ...(point as object), attributes: { ...attributes, [BOX]: marks.otel } } : point];
  });
  return { ...metric, dataPoints };
}
