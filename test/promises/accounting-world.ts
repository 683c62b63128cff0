import type { Span } from '@opentelemetry/api';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { AnySignal, Counts, Severity, Signalbox, SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal } from 'signalbox';
import { sink } from 'signalbox/sinks';
import { resetOtel, startOtel } from '../support/otel.js';

/** What a sink does with its emissions, in turn. */
export type Behaviour = 'returns' | 'resolves' | 'throws' | 'rejects' | 'drops' | 'held';

export type SinkName = 'first' | 'second' | 'small';
export type Destination = SinkName | 'otel';
export type SignalName = 'plain' | 'measured' | 'silent';

export interface RouteGiven {
  readonly signals: readonly SignalName[];
  readonly minSeverity: Severity | undefined;
  readonly to: readonly Destination[];
}

export type Step =
  | {
      readonly kind: 'emit';
      readonly signal: SignalName;
      readonly severity: Severity;
      readonly times: number;
    }
  | { readonly kind: 'level'; readonly severity: Severity }
  | { readonly kind: 'route'; readonly route: RouteGiven }
  | { readonly kind: 'unroute'; readonly index: number }
  | { readonly kind: 'start' | 'shutdown sdk' | 'remove sdk' | 'let go' | 'turn' };

export interface Program {
  readonly behaviours: Readonly<Record<SinkName, readonly Behaviour[]>>;
  readonly routes: readonly RouteGiven[];
  readonly steps: readonly Step[];
  /** Whether what is held is let go before the end. */
  readonly patient: boolean;
}

const SIGNALS: Readonly<Record<SignalName, AnySignal>> = {
  plain: defineSignal('WORLD_PLAIN'),
  measured: defineSignal('WORLD_MEASURED', {
    metrics: [
      { type: 'counter', name: 'world.measured' },
      { type: 'upDownCounter', name: 'world.level', add: -1 },
    ],
  }),
  silent: defineSignal('WORLD_SILENT', { spanEvents: 'off' }),
};
const SEVERITIES: readonly Severity[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const SMALL_QUEUE = 3;
const SPAN_EVENTS = 96;

/** Counts of one channel, made without looking at the library's own. */
interface Truth {
  routed: number;
  handedOver: number;
  delivered: number;
  failed: number;
  dropped: Record<string, number>;
}

function none(): Truth {
  return { routed: 0, handedOver: 0, delivered: 0, failed: 0, dropped: {} };
}

function drop(truth: Truth, reason: string): void {
  truth.dropped[reason] = (truth.dropped[reason] ?? 0) + 1;
}

/** A box, an app with its SDK that comes and goes, and an own count of all that has to happen. */
export class World {
  readonly box: Signalbox<Destination>;
  readonly truth = {
    logs: none(),
    spanEvents: none(),
    metrics: none(),
    first: none(),
    second: none(),
    small: none(),
    emitted: 0,
    unrouted: 0,
    closed: 0,
  };
  readonly #routes: { readonly given: RouteGiven; readonly undo: (() => void) | undefined }[] = [];
  readonly #span: Span = new BasicTracerProvider().getTracer('app').startSpan('work');
  readonly #held: (() => void)[] = [];
  #otel: ReturnType<typeof startOtel> | undefined;
  #sdk: 'none' | 'running' | 'shut down' = 'none';
  /** Whether the box had to do with this SDK while that was running. */
  #met = false;
  #closed = false;
  #ordinaryEvents = 0;
  #impatient = false;

  constructor(program: Program) {
    this.box = createSignalbox<SinkName>({
      destinations: {
        first: this.#sink('first', program.behaviours.first),
        second: this.#sink('second', program.behaviours.second),
        small: sink(this.#sink('small', program.behaviours.small), { capacity: SMALL_QUEUE }),
      },
      routes: program.routes.map(asRoute),
    });
    for (const given of program.routes) this.#routes.push({ given, undo: undefined });
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'emit':
        for (let i = 0; i < step.times; i++) this.#emit(step.signal, step.severity);
        return;
      case 'level':
        this.box[step.severity]('a level record', { n: 1 });
        this.#count(undefined, step.severity);
        return;
      case 'route':
        this.#routes.push({ given: step.route, undo: this.box.route(asRoute(step.route)) });
        return;
      case 'unroute': {
        const route = this.#routes[step.index % Math.max(1, this.#routes.length)];
        if (!route?.undo) return;
        route.undo();
        this.#routes.splice(this.#routes.indexOf(route), 1);
        return;
      }
      case 'start':
        resetOtel();
        this.#otel = startOtel();
        this.#met = false;
        this.#sdk = 'running';
        return;
      case 'shutdown sdk':
        if (this.#sdk !== 'running') return;
        await this.#otel?.shutdown();
        this.#sdk = 'shut down';
        return;
      case 'remove sdk':
        resetOtel();
        this.#sdk = 'none';
        return;
      case 'let go':
        this.letGo();
        await turn();
        return;
      case 'turn':
        await turn();
    }
  }

  letGo(): void {
    for (const go of this.#held.splice(0)) go();
  }

  async end(patient: boolean): Promise<void> {
    if (patient) {
      this.#impatient = true;
      this.letGo();
    }
    await this.box.shutdown({ timeoutMillis: patient ? 5000 : 0 });
    this.#closed = true;
  }

  /** What the sinks said is what became of their emissions; how many wait follows from it. */
  get counts(): Readonly<Record<string, Counts>> {
    const { destinations } = this.box.stats();
    const found: Record<string, Counts> = {};
    for (const [name, { channels }] of Object.entries(destinations))
      for (const [channel, counts] of Object.entries(channels))
        found[channel === 'sink' ? name : channel] = counts;
    return found;
  }

  #sink(name: SinkName, behaviours: readonly Behaviour[]): SinkFunction {
    let calls = 0;
    return () => {
      const truth = this.truth[name];
      const behaviour = behaviours[calls++ % behaviours.length];
      switch (behaviour) {
        case 'throws':
          truth.failed++;
          throw new Error('no');
        case 'rejects':
          truth.failed++;
          return Promise.reject(new Error('no'));
        case 'drops':
          drop(truth, 'filtered');
          return { dropped: 'filtered' };
        case 'held':
          if (this.#impatient) break;
          return new Promise<void>((resolve) => {
            this.#held.push(() => {
              truth.delivered++;
              resolve();
            });
          });
        case 'resolves':
          truth.delivered++;
          return Promise.resolve();
      }
      truth.delivered++;
      return undefined;
    };
  }

  #emit(name: SignalName, severity: Severity): void {
    const context = trace.setSpan(ROOT_CONTEXT, this.#span);
    this.box.emit(SIGNALS[name], {}, { severity, context });
    this.#count(name, severity);
  }

  #count(name: SignalName | undefined, severity: Severity): void {
    const { truth } = this;
    if (this.#closed) {
      truth.closed++;
      return;
    }
    const naming = this.#routes
      .map((r) => r.given)
      .filter((r) => name !== undefined && r.signals.includes(name));
    const taking = naming.filter(
      (r) => r.minSeverity === undefined || SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(r.minSeverity),
    );
    const to = new Set(taking.flatMap((r) => r.to));
    const measured = name === 'measured' && naming.some((r) => r.to.includes('otel'));
    if (to.size === 0 && !measured) {
      truth.unrouted++;
      return;
    }
    truth.emitted++;
    if (to.has('otel')) {
      this.#handOver(truth.logs);
      if (name !== 'silent') this.#countEvent();
    }
    if (measured) for (let i = 0; i < 2; i++) this.#handOver(truth.metrics);
    for (const sinkName of ['first', 'second', 'small'] as const)
      if (to.has(sinkName)) this.truth[sinkName].routed++;
  }

  #handOver(truth: Truth): void {
    truth.routed++;
    if (this.#sdk === 'running') this.#met = true;
    if (this.#sdk === 'none') drop(truth, 'no_provider');
    else if (this.#sdk === 'running') truth.handedOver++;
    else if (truth === this.truth.logs) drop(truth, 'disabled');
    // A meter goes on after its provider's shutdown, but one that is asked for then is a no-op.
    else if (this.#met) truth.handedOver++;
    else drop(truth, 'no_provider');
  }

  #countEvent(): void {
    this.truth.spanEvents.routed++;
    if (this.#ordinaryEvents++ < SPAN_EVENTS) this.truth.spanEvents.handedOver++;
    else drop(this.truth.spanEvents, 'span_full');
  }
}

function asRoute({ signals, minSeverity, to }: RouteGiven): {
  signals: AnySignal[];
  to: readonly Destination[];
  minSeverity?: Severity;
} {
  return { signals: signals.map((name) => SIGNALS[name]), to, ...(minSeverity ? { minSeverity } : {}) };
}

/** Lets everything run that waits for no timer. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((done) => setImmediate(done));
}
