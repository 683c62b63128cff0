import { checkFields } from './check-fields.js';
import { checkMetrics } from './check-metrics.js';
import { checkEventName, checkSignalName, eventNameOf } from './event-name.js';
import { noteFeeder } from './feeders.js';
import type { Field, Fields, LabelName, NumberName, ShownValues, Values } from './field.js';
import type { AnyMetric, MetricDefinition } from './metric.js';
import { namedAnew } from './metric.js';
import type { OptionNames } from './option-checks.js';
import { checkOneOf, optionsOf } from './option-checks.js';
import type { Severity } from './severity.js';
import { isSeverity, severities } from './severity.js';
import { SignalboxError, shown } from './signalbox-error.js';

/** The values of a signal as a message function gets them: redacted, by their names in code. */
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
  /** True for plain level records: their fields are not declared, and the box takes any. */
  readonly open: boolean;
  readonly '~values'?: V;
}

/** Any signal, whatever its values. */
export type AnySignal = Signal<object>;

/** Options of {@link defineSignal}. */
export interface SignalOptions<F extends Fields> {
  /** The typed values. Their order is their order in JSON lines. */
  readonly fields?: F;
  /** The default message: a string, or a function of the redacted values. Default: the name in lower case words. */
  readonly message?: string | ((values: ShownValues<F>) => string);
  /** Default `'info'`. One emit can override it. */
  readonly severity?: Severity;
  /** The event name on the wire. Default: the name in lower case, with the first underscore as a dot. */
  readonly event?: string;
  /** The metrics that each emission feeds. */
  readonly metrics?: readonly MetricDefinition<LabelName<NoInfer<F>>, NumberName<NoInfer<F>>>[];
  /**
   * The event that the signal adds to the active span: an `'ordinary'` event (at most 96 a span), a `'lifecycle'` event (always kept), or
   * no event (`'off'`). Default `'ordinary'`.
   */
  readonly spanEvents?: 'ordinary' | 'lifecycle' | 'off';
}

const SPAN_EVENTS = ['ordinary', 'lifecycle', 'off'] as const;

const OPTIONS: OptionNames<SignalOptions<Fields>> = {
  fields: true,
  message: true,
  severity: true,
  event: true,
  metrics: true,
  spanEvents: true,
};

/**
 * Declares a signal.
 *
 * @param name Letters, digits and underscores, as in `PAYMENT_PROCESSED`. The names of levels, such as `ERROR`, are reserved.
 * @param options Fields, default message, severity, event name, metrics.
 * @returns The frozen signal, to be given to `box.emit` and to routes.
 * @throws {SignalboxError} When a name, field, severity, event name or metric is not valid. The message names it and the fix.
 * @see https://opentelemetry.io/docs/specs/semconv/general/events/
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal, field } from 'signalbox';
 *
 * const EMAIL_SENT = defineSignal('EMAIL_SENT', {
 *   message: 'Email sent',
 *   fields: { to: field.text({ attribute: 'email.to', sensitive: true }), template: field.string() },
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
  return define(ownText(name), options);
}

function define<F extends Fields>(name: string, options: SignalOptions<F>): Signal<Values<F>> {
  const where = `defineSignal('${name}')`;
  optionsOf<SignalOptions<F>>(where, options, OPTIONS);
  const event = options.event ?? eventNameOf(name);
  checkEventName(name, event);
  const {
    severity = 'info',
    message = name.toLowerCase().replaceAll('_', ' '),
    spanEvents = 'ordinary',
  } = options;
  if (!isSeverity(severity)) {
    throw new SignalboxError(
      `${where}: the severity ${shown(severity)} is not known. Use one of ${severities.join(', ')}.`,
    );
  }
  if (typeof message !== 'string' && typeof message !== 'function')
    throw new SignalboxError(
      `${where}: the message is ${shown(message)}. Give text, or a function of the values that returns text.`,
    );
  checkOneOf(where, 'spanEvents', spanEvents, SPAN_EVENTS);
  const fields = checkFields(where, options.fields ?? {});
  const metrics = checkMetrics(name, options.metrics ?? [], fields);
  enlist(name);
  noteFeeder(
    name,
    metrics.map((metric) => ownText(metric.name)),
  );
  return Object.freeze({
    name,
    event,
    severity,
    message: typeof message === 'string' ? ownText(message) : (message as Signal<object>['message']),
    fields,
    metrics,
    spanEvents,
    open: false,
  });
}

const NAMES = Symbol.for('signalbox.signal.names');
/** The most names that are kept. Only the messages about patterns that match no signal use them. */
const NAMES_KEPT = 10_000;

/** The names of all signals that any copy of the package defined in this process. */
export function nameRegistry(): Set<string> {
  const holder = globalThis as { [NAMES]?: Set<string> };
  holder[NAMES] ??= new Set();
  return holder[NAMES];
}

// A copy: a text that is cut from a larger one keeps the larger one alive.
function ownText(text: string): string {
  return ` ${text}`.slice(1);
}

// The registry is bounded, because an app may define a signal for each request by mistake.
function enlist(name: string): void {
  const names = nameRegistry();
  if (names.has(name)) return;
  const [oldest] = names.size < NAMES_KEPT ? [] : names;
  if (oldest !== undefined) names.delete(oldest);
  names.add(name);
}

/** The definition of a signal as text, without its functions. Two signals of one name must have the same. */
export function shapeOf(signal: AnySignal): string {
  const parts = [
    signal.event,
    signal.severity,
    signal.fields,
    signal.metrics.map(namedAnew),
    signal.spanEvents,
    signal.open,
  ];
  // A field with a policy must differ from one that is not sensitive.
  return JSON.stringify(parts, (_, part) => (typeof part === 'function' ? 'policy' : part));
}
