import type { Context, Link, Span, SpanContext, SpanOptions, TextMapPropagator } from '@opentelemetry/api';
import type { OpenTelemetryOptions } from 'pg-boss';
import type { Core } from '../../box/core.js';
import type { Carrier } from '../../jobs/carrier.js';
import { extract, spanContextOf } from '../../jobs/carrier.js';
import type { Enqueue } from '../../jobs/enqueue.js';
import { ATTR, PROCESS, PRODUCER, SEND } from '../../jobs/semconv.js';
import { spanOf } from '../../telemetry/context.js';
import { CarrierSpan } from './carrier-span.js';
import { sendingNow } from './nested-sends.js';
import { quietMeters } from './quiet-meter.js';
import { ReceiveSpan } from './receive-span.js';
import { OwnSendSpan } from './scheduled-sends.js';
import { ProcessSpan, SettleSpan } from './statement-spans.js';

/** The attribute in which pg-boss names its schema. */
const SCHEMA = 'pgboss.schema';

/** Takes a carrier through pg-boss: in the column that pg-boss's `openTelemetry` option fills (12.38 and up), never in the job's data. */
export interface Bridge {
  /** An option for a PgBoss. pg-boss then carries our context, and makes no spans and metrics of its own. */
  readonly openTelemetry: OpenTelemetryOptions;
  /** The span of the handler call that runs, with the carriers of its jobs. Undefined if pg-boss does not carry our context. */
  process(): ProcessSpan | undefined;
}

/** @param startSend Starts an enqueue for a send that pg-boss makes by itself. Returns undefined if nobody observes it. */
export function createBridge(
  core: Core,
  startSend: (queue: unknown, schema: unknown) => Enqueue | undefined,
): Bridge {
  const carriers = new WeakMap<SpanContext, Carrier>();

  function process(): ProcessSpan | undefined {
    const span = spanOf(core.activeContext());
    return span instanceof ProcessSpan ? span : undefined;
  }

  function startSpan(_name: string, options: SpanOptions = {}, given?: Context): Span {
    const context = spanContextOf(given ?? core.activeContext());
    const operation = options.attributes?.[ATTR.operationName];
    if (operation === PROCESS) {
      const contexts = [...(context ? [context] : []), ...(options.links ?? []).map((l: Link) => l.context)];
      const received = contexts.map((c) => carriers.get(c)).filter((carrier) => carrier !== undefined);
      return new ProcessSpan(context, received);
    }
    if (operation === 'complete' || operation === 'fail') {
      const call = process()?.call;
      return call ? new SettleSpan(context, operation, call) : new CarrierSpan(context);
    }
    if (operation === 'receive') return new ReceiveSpan(context, (of) => carriers.get(of));
    const queue = options.attributes?.[ATTR.queue];
    const sending = options.kind === PRODUCER ? sendingNow() : undefined;
    if (sending?.into(queue)) return new CarrierSpan(context, sending.carrier);
    const enqueue = operation === SEND ? startSend(queue, options.attributes?.[SCHEMA]) : undefined;
    if (!enqueue) return new CarrierSpan(context);
    return new OwnSendSpan(spanContextOf(extract(core, enqueue.carrier)), enqueue);
  }

  const propagator: TextMapPropagator = {
    inject: (context, into, setter) => {
      const span = spanOf(context);
      if (!(span instanceof CarrierSpan)) return;
      for (const [key, value] of Object.entries(span.sends ?? {})) setter.set(into, key, value);
    },
    extract: (_, carrier) => {
      const context = extract(core, carrier as Carrier);
      const span = spanContextOf(context);
      if (span) carriers.set(span, carrier as Carrier);
      return context;
    },
    fields: () => [],
  };

  return {
    openTelemetry: {
      enabled: true,
      propagateContext: true,
      propagator,
      tracerProvider: {
        getTracer: () => ({
          startSpan,
          startActiveSpan: (name: string, ...rest: unknown[]) =>
            (rest.at(-1) as (span: Span) => never)(startSpan(name)),
        }),
      },
      meterProvider: quietMeters,
    },
    process,
  };
}
