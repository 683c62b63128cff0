import { checkEventName, checkSignalName, eventNameOf } from './event-name.js';
import type { Field, Fields, Values } from './field.js';
import type { AnyMetric, MetricDefinition } from './metric.js';
import { checkMetric } from './metric.js';
import { SignalboxError, shown } from './problem.js';
import type { Severity } from './severity.js';
import { isSeverity, severities } from './severity.js';

/** The values of a signal as a message function sees them: redacted, by their names in code. */
export type MessageValues = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/**
 * A named domain event. `V` is the type of the values that `emit` takes for it.
 * Made by {@link defineSignal}; frozen.
 */
export interface Signal<V extends object> {
  /** The name in code, routes and JSON lines, as in `JOB_COMPLETED`. */
  readonly name: string;
  /** The OpenTelemetry event name, as in `job.completed`. Empty for plain level records. */
  readonly event: string;
  readonly severity: Severity;
  readonly message: string | ((values: MessageValues) => string);
  readonly fields: Readonly<Record<string, Field<unknown>>>;
  readonly metrics: readonly AnyMetric[];
  /** `'lifecycle'` span events are never capped. */
  readonly spanEvents: 'ordinary' | 'lifecycle' | 'off';
  /** True where fields are taken as they come (plain level records). */
  readonly open: boolean;
  readonly '~values'?: V;
}

/** Any signal, whatever its values. */
export type AnySignal = Signal<object>;

/** What {@link defineSignal} takes. */
export interface SignalOptions<F extends Fields> {
  /** The typed values. Their order is their order in JSON lines. */
  readonly fields?: F;
  /** The default message: a string, or a function of the redacted values. Default: the name in lower case words. */
  readonly message?: string | ((values: Readonly<Values<F>>) => string);
  /** Default `'info'`. Can be given on one emit. */
  readonly severity?: Severity;
  /** The event name on the wire. Default: from the name, the first underscore is the dot. */
  readonly event?: string;
  /** The metrics that each emission feeds. */
  readonly metrics?: readonly MetricDefinition<NoInfer<F>>[];
  /**
   * What becomes of it on the active span: an `'ordinary'` event (at most 96 a span), a `'lifecycle'` event (always kept), or none
   * (`'off'`). Default `'ordinary'`.
   */
  readonly spanEvents?: 'ordinary' | 'lifecycle' | 'off';
}

const FIELD_NAME = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
const RESERVED = new Set(['time', 'signal', 'message', 'severity', 'trace_id', 'span_id', '__proto__']);

/**
 * Declares a signal.
 *
 * @param name Letters, digits and underscores, as in `PAYMENT_PROCESSED`.
 * @param options Fields, default message, severity, event name, metrics.
 * @returns The frozen signal, to be given to `box.emit` and to routes.
 * @throws {SignalboxError} When a name, field, severity, event name or metric is not valid: the message names it and the fix.
 * @see https://opentelemetry.io/docs/specs/semconv/general/events/
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal, field } from 'signalbox';
 *
 * const EMAIL_SENT = defineSignal('EMAIL_SENT', {
 *   message: 'Email sent',
 *   fields: { to: field.id({ attribute: 'email.to', sensitive: true }), template: field.string() },
 *   metrics: [{ type: 'counter', name: 'email.sent', unit: '{email}', by: ['template'] }],
 * });
 * createSignalbox().emit(EMAIL_SENT, { to: 'user@example.com', template: 'welcome' });
 * ```
 */
export function defineSignal<const F extends Fields = Record<never, never>>(
  name: string,
  options: SignalOptions<F> = {},
): Signal<Values<F>> {
  checkSignalName(name);
  const event = options.event ?? eventNameOf(name);
  checkEventName(name, event);
  const severity = options.severity ?? 'info';
  if (!isSeverity(severity)) {
    throw new SignalboxError(
      `defineSignal('${name}'): the severity ${shown(severity)} is not known. Use one of ${severities.join(', ')}.`,
    );
  }
  const fields = checkFields(name, options.fields ?? {});
  const metrics = (options.metrics ?? []) as readonly AnyMetric[];
  for (const metric of metrics) checkMetric(name, metric, fields);
  nameRegistry().add(name);
  return Object.freeze({
    name,
    event,
    severity,
    message:
      (options.message as Signal<object>['message'] | undefined) ?? name.toLowerCase().replaceAll('_', ' '),
    fields: Object.freeze({ ...fields }),
    metrics: Object.freeze(metrics.map((m) => Object.freeze({ ...m }))),
    spanEvents: options.spanEvents ?? 'ordinary',
    open: false,
  });
}

function checkFields(signal: string, fields: Fields): Fields {
  const attributes = new Map<string, string>();
  for (const [name, field] of Object.entries(fields)) {
    if (!FIELD_NAME.test(name) || RESERVED.has(name)) {
      throw new SignalboxError(
        `defineSignal('${signal}'): a field can not be called ${shown(name)}. Use an identifier other than ${[...RESERVED].slice(0, 6).join(', ')}.`,
      );
    }
    if (typeof field !== 'object' || field === null || typeof field.kind !== 'string') {
      throw new SignalboxError(
        `defineSignal('${signal}'): field '${name}' is ${shown(field)}. Make it with the functions of \`field\`, as in \`${name}: field.string()\`.`,
      );
    }
    if (field.attribute !== undefined && (typeof field.attribute !== 'string' || field.attribute === '')) {
      throw new SignalboxError(
        `defineSignal('${signal}'): field '${name}' has the attribute ${shown(field.attribute)}. Give a non-empty key, as in 'job.id'.`,
      );
    }
    if (field.metricsOnly) continue;
    const key = field.attribute ?? name;
    const other = attributes.get(key);
    if (other !== undefined)
      throw new SignalboxError(
        `defineSignal('${signal}'): the fields '${other}' and '${name}' have the same attribute '${key}'. Give each its own.`,
      );
    attributes.set(key, name);
  }
  return fields;
}

const NAMES = Symbol.for('signalbox.signal.names');

/** The names of all signals defined in this process, whichever copy of the package defined them. */
export function nameRegistry(): Set<string> {
  const holder = globalThis as { [NAMES]?: Set<string> };
  holder[NAMES] ??= new Set();
  return holder[NAMES];
}

/** What makes two signals of one name the same: everything but functions and identity. */
export function shapeOf(signal: AnySignal): string {
  return JSON.stringify([
    signal.event,
    signal.severity,
    signal.fields,
    signal.metrics,
    signal.spanEvents,
    signal.open,
  ]);
}
