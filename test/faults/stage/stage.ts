import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Counts, SignalboxOptions } from 'signalbox';
import type { Figures } from '../fault.js';
import { Arrivals } from './arrivals.js';
import type { Ledger } from './judge.js';
import { judge } from './judge.js';
import { told } from './process-watch.js';
import { Scene, sum } from './scene.js';

/** Values as text, with keys in order. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, it) =>
    it && typeof it === 'object' && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );
}

/** What a fault is played on: boxes, receiving ends, and the book of what came. */
export class Stage {
  /** A folder of its own, which goes with it. */
  readonly folder: string = mkdtempSync(join(tmpdir(), 'signalbox-fault-'));
  /** What does not hold, in words. */
  readonly complaints: string[] = [];
  /** Exceptions of the library that came to the app. */
  readonly thrown: string[] = [];
  readonly #scenes: Scene[] = [];
  readonly #arrivals = new Map<string, Arrivals>();
  readonly #doubling = new Set<string>();
  readonly #foreign: Ledger[] = [];
  readonly #ends: (() => unknown)[] = [];
  readonly #left: RegExp[] = [];

  /** Makes a box. It is shut down at the end, if the fault has not done so. */
  open<const D extends string>(options: SignalboxOptions<D>): Scene<D> {
    const scene = new Scene<D>(options, {
      arrivals: (destination) => this.#arrivals.get(destination),
      threw: (error) => this.threw(error),
      complain: (text) => void this.complaints.push(text),
      mayDouble: (destination) => this.#doubling.has(destination),
    });
    this.#scenes.push(scene as unknown as Scene);
    return scene;
  }

  /** The book of what comes to a destination. Where it is asked for, the account of that destination is compared with it. */
  arrivals(destination: string): Arrivals {
    const found = this.#arrivals.get(destination) ?? new Arrivals();
    this.#arrivals.set(destination, found);
    return found;
  }

  /** Says that the other end makes things come twice: one that takes them, and says that it has not. */
  mayDouble(destination: string): void {
    this.#doubling.add(destination);
  }

  /** The account of a box of another process. */
  account(ledger: Ledger): void {
    this.#foreign.push(ledger);
  }

  /** Does this behind the shutdowns, last first: closes what the fault opened. */
  atEnd(fn: () => unknown): void {
    this.#ends.push(fn);
  }

  /** What of an exporter's own or of Node's may be left, with the reason in the call. */
  mayLeave(pattern: RegExp, _because: string): void {
    this.#left.push(pattern);
  }

  threw(error: unknown): void {
    this.thrown.push(told(error));
  }

  holds(what: string, does: boolean): void {
    if (!does) this.complaints.push(`does not hold: ${what}`);
  }

  equal(what: string, got: unknown, wanted: unknown): void {
    const [a, b] = [got, wanted].map(text);
    if (a !== b) this.complaints.push(`${what}: ${a}, and not ${b}`);
  }

  /** Waits until it is so; complains where that takes too long. */
  async until(what: string, isSo: () => boolean, millis = 20_000): Promise<void> {
    const end = performance.now() + millis;
    while (!isSo()) {
      if (performance.now() > end) {
        this.complaints.push(`waited in vain until ${what}`);
        return;
      }
      await new Promise((later) => setTimeout(later, 5));
    }
  }

  isExcused(left: string): boolean {
    return this.#left.some((pattern) => pattern.test(left));
  }

  /** Shuts down what the fault has not, and closes what it opened. */
  async close(): Promise<void> {
    for (const scene of this.#scenes) await scene.end(1000);
    for (const end of this.#ends.reverse()) {
      try {
        await end();
      } catch (error) {
        this.complaints.push(`could not be closed: ${told(error)}`);
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The figures of all that was played. */
  figures(more: Figures | undefined): Figures {
    const ledgers = [...this.#scenes.flatMap((scene) => scene.ledgers()), ...this.#foreign];
    let unaccounted = more?.unaccounted ?? 0;
    for (const ledger of ledgers) {
      const verdict = judge(ledger);
      unaccounted += verdict.unaccounted;
      this.complaints.push(...verdict.why);
    }
    if (this.#scenes.some((scene) => scene.hasChanged))
      this.complaints.push('an account changed behind the shutdown');
    // Metrics and span events are judged, and are not in the line: they are of the same emits.
    const signals = ledgers.filter(
      ({ where, arrivals }) => / (sink|logs|spans)$/.test(where) && (arrivals || !/^otel /.test(where)),
    );
    const told = signals.length > 0 ? signals : ledgers.filter(({ where }) => !/^otel /.test(where));
    const books = told.flatMap(({ arrivals }) => arrivals ?? []);
    const counts: Counts = sum(told.map((ledger) => ledger.counts));
    const times = this.#scenes.map(({ shutdownMillis }) => shutdownMillis ?? 0);
    return {
      emitted: told.reduce((n, { emitted, counts }) => n + (emitted ?? counts.routed), more?.emitted ?? 0),
      arrived:
        books.length > 0 || more
          ? books.reduce((n, { distinct }) => n + distinct, more?.arrived ?? 0)
          : undefined,
      delivered: counts.delivered + counts.handedOver + (more?.delivered ?? 0),
      dropped: { ...counts.dropped, ...more?.dropped },
      failed: counts.failed + (more?.failed ?? 0),
      queued: counts.queued + (more?.queued ?? 0),
      unaccounted,
      exceptions: this.thrown.length + (more?.exceptions ?? 0),
      shutdownMillis: times.length > 0 ? Math.max(...times) : more?.shutdownMillis,
    };
  }
}
