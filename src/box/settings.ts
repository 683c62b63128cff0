import type { Channel } from '../delivery/account.js';
import type { Destination } from '../delivery/destination.js';
import type { RedactText } from '../emission/redact-text.js';
import type { RedactValue } from '../emission/redact-value.js';
import { DEFAULT_STRING_LENGTH } from '../emission/text.js';
import type { Route } from '../routing/route.js';
import { environment } from '../signal/environment.js';
import type { LevelRules } from '../signal/level-rules.js';
import { levelRules, levelsInText } from '../signal/level-rules.js';
import { checkCount, checkOneOf, checkSwitch, optionsIn, optionsOf } from '../signal/option-checks.js';
import type { AnySignal } from '../signal/signal.js';
import type { SignalboxError } from '../signal/signalbox-error.js';
import { OTEL } from '../telemetry/otel.js';
import type { Propagation } from '../telemetry/propagation.js';
import {
  checkDestinations,
  checkHook,
  checkList,
  checkOtherTelemetry,
  checkPropagation,
  checkSignals,
} from './check-settings.js';
import { isDevelopment } from './development.js';
import type { SignalboxOptions } from './options.js';
import { LIMITS, OPTIONS, RENAMED } from './options.js';

const WHERE = 'createSignalbox';
const OTEL_CHANNELS: readonly Channel[] = ['logs', 'spanEvents', 'metrics'];

/** The checked options of a box, with defaults. */
export interface Settings {
  readonly destinations: ReadonlyMap<string, Destination>;
  /** `otel` and the destinations, for `describe()`. */
  readonly described: ReadonlyMap<string, { readonly kind: string; readonly channels: readonly Channel[] }>;
  /** The channels of each destination. */
  readonly channels: ReadonlyMap<string, ReadonlySet<string>>;
  /** The given routes, or the default route. */
  readonly routes: readonly Route[];
  /** The destination of telemetry that belongs to no signal of the box. */
  readonly otherTelemetry: string;
  readonly levels: LevelRules;
  /** One sentence for each level of the environment that is not valid. */
  readonly levelTroubles: readonly string[];
  readonly declared: readonly AnySignal[] | undefined;
  readonly attributes: unknown;
  readonly spanEvents: 'direct' | 'bridge' | 'off';
  readonly eventNames: boolean;
  readonly counters: 'collected' | 'direct';
  readonly propagation: Propagation;
  readonly redactValue: RedactValue | undefined;
  readonly redactText: RedactText | undefined;
  readonly development: boolean;
  readonly stringLength: number;
  readonly depth: number;
}

/** Reads the options of a box. Throws a {@link SignalboxError} on misuse. */
export function readSettings(given: SignalboxOptions<string> | undefined): Settings {
  const options = optionsOf(WHERE, given, OPTIONS, RENAMED);
  const destinations = checkDestinations(options.destinations === undefined ? {} : options.destinations);
  const declared = options.signals === undefined ? undefined : checkSignals(options.signals);
  const { redact: redactValue, redactText } = options;
  checkHook('redact', redactValue);
  checkHook('redactText', redactText);
  const { stringLength = DEFAULT_STRING_LENGTH, emitDepth = 8 } = optionsIn(
    WHERE,
    'limits',
    options.limits,
    LIMITS,
  );
  checkCount(WHERE, 'limits.stringLength', stringLength);
  checkCount(WHERE, 'limits.emitDepth', emitDepth);
  const { spanEvents = 'direct', counters = 'collected', eventNameAttribute: eventNames = false } = options;
  checkOneOf(WHERE, 'spanEvents', spanEvents, ['direct', 'bridge', 'off']);
  checkOneOf(WHERE, 'counters', counters, ['collected', 'direct']);
  checkSwitch(WHERE, 'eventNameAttribute', eventNames);
  if (options.development !== undefined) checkSwitch(WHERE, 'development', options.development);
  const propagation = checkPropagation(options.propagation);
  const described = new Map<string, { kind: string; channels: readonly Channel[] }>([
    [OTEL, { kind: OTEL, channels: OTEL_CHANNELS }],
  ]);
  for (const [name, { kind, channels }] of destinations) described.set(name, { kind, channels });
  const channels = new Map([...described].map(([name, d]) => [name, new Set<string>(d.channels)]));
  const otherTelemetry = checkOtherTelemetry(options.otherTelemetry ?? OTEL, channels);
  const levelTroubles: string[] = [];
  const levels = {
    ...levelsInText(environment().SIGNALBOX_LEVEL, (sentence) => levelTroubles.push(sentence)),
    ...levelRules(WHERE, options.level),
  };
  return {
    levels,
    levelTroubles,
    destinations,
    described,
    channels,
    routes:
      options.routes === undefined ? [standingRoute(destinations)] : checkList('routes', options.routes),
    otherTelemetry,
    declared,
    attributes: options.attributes,
    spanEvents,
    eventNames,
    counters,
    propagation,
    redactValue,
    redactText,
    development: isDevelopment(options.development),
    stringLength,
    depth: emitDepth,
  };
}

// People first try a box that prints beside a working SDK: its sinks must not switch the SDK off. Exporters replace `otel`, so that no
// signal leaves twice.
function standingRoute(destinations: ReadonlyMap<string, Destination>): Route {
  const exports = [...destinations.values()].some(({ kind }) => kind === 'exporters');
  return { signals: '*', to: [...destinations.keys(), ...(exports ? [] : [OTEL])] };
}
