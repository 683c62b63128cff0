import type { Note, Untaken } from '../development/note.js';
import { environment } from '../signal/environment.js';
import { OTEL } from '../telemetry/otel.js';
import type { Give } from './bound-boxes.js';
import type { DevelopmentConsole } from './core.js';
import type { Emitter } from './emitter.js';
import type { Ledger } from './ledger.js';
import { noteAsNow } from './note-as-now.js';

/** The most notes that wait until the teller is loaded. An app may emit many signals before that. */
const WAITING = 100;
/** The length of a stack: frames of this package and of others lie above the app's frame. */
const FRAMES = 50;
/** The frames of the box above the app's frame: `here`, the watched `give`, the method of the box. */
const DOORS = 3;
/** `emitDurably` adds two more frames. */
const DURABLE_DOORS = 5;

const UNTAKEN: readonly Pick<Untaken, 'channel' | 'reason'>[] = [
  { channel: 'logs', reason: 'no_provider' },
  { channel: 'logs', reason: 'disabled' },
  { channel: 'metrics', reason: 'no_provider' },
];

/** Whether development mode is on: by the option, else by `NODE_ENV`, else if stderr is a terminal. */
export function isDevelopment(given: boolean | undefined): boolean {
  if (given !== undefined) return given;
  const { NODE_ENV, CI, NODE_TEST_CONTEXT } = environment();
  if (NODE_ENV === 'development') return true;
  if (NODE_ENV === 'production' || NODE_ENV === 'test' || CI || NODE_TEST_CONTEXT) return false;
  const { process } = globalThis as { process?: { readonly stderr?: { readonly isTTY?: boolean } } };
  return process?.stderr?.isTTY === true;
}

/** Prints on the console the mistakes that a box otherwise only counts, with the line of the app. Exists in development mode only. */
export class Development implements DevelopmentConsole {
  readonly #emitter: Emitter;
  readonly #ledger: Ledger;
  readonly #waiting: Note[] = [];
  /** The counts that emits examined so far have added. */
  #noted: readonly number[] = [];
  #tell: ((note: Note) => void) | undefined;
  #isTelling = false;

  constructor(emitter: Emitter, ledger: Ledger) {
    this.#emitter = emitter;
    this.#ledger = ledger;
    // A dynamic import, so that production never loads it.
    import('../development/teller.js')
      .then(({ createTeller }) => {
        this.#tell = createTeller();
        for (const note of this.#waiting.splice(0)) this.note(note);
      })
      .catch(() => {
        this.#tell = () => undefined;
        this.#waiting.length = 0;
      });
  }

  here(): Error {
    const { stackTraceLimit } = Error;
    // An assignment would throw if the app has frozen `Error`.
    Reflect.set(Error, 'stackTraceLimit', FRAMES);
    const place = new Error();
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
    return place;
  }

  note(note: Note): void {
    // The teller reads values of the app again, and the app may have replaced the console. A note about an emit within would never end.
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      if (this.#tell) this.#tell(note);
      else if (this.#waiting.length < WAITING) this.#waiting.push(noteAsNow(note));
    } catch {
      // The app must not see that its console threw.
    } finally {
      this.#isTelling = false;
    }
  }

  unobserved(sentence: string, at: Error = this.here()): void {
    this.note({ kind: 'engine', sentence, at, doors: DOORS });
  }

  /**
   * Wraps `give` to note what an emit adds to the counts.
   *
   * @param routes Also note that no route takes the signal. For the library's own signals that may be intended.
   */
  watch(give: Give, routes: boolean): Give {
    return (signal, fields, options, receipts, bound) => {
      let before: readonly number[] | undefined;
      try {
        before = this.#unnoted();
      } catch {
        // The stack is exhausted.
      }
      give(signal, fields, options, receipts, bound);
      try {
        if (!before) return;
        const added = this.#unnoted().map((count, i) => count - (before?.[i] ?? 0));
        if (!added.some((n) => n > 0)) return;
        // A nested emit ends first. Its counts must not be attributed to the outer emit.
        this.#noted = added.map((n, i) => n + (this.#noted[i] ?? 0));
        const at = this.here();
        const doors = receipts ? DURABLE_DOORS : DOORS;
        const [values = 0, unrouted = 0, ...untaken] = added;
        if (values > 0) this.note({ kind: 'values', signal, fields, options, at, doors });
        if (unrouted > 0 && routes) this.note({ kind: 'unrouted', signal, at, doors });
        UNTAKEN.forEach((what, i) => {
          if (untaken[i]) this.note({ kind: 'otel', ...what, at, doors });
        });
      } catch {
        // The stack is exhausted.
      }
    };
  }

  #unnoted(): readonly number[] {
    const { values, counts } = this.#emitter;
    const all = [
      values.wrongType + values.undeclared + values.outOfRange,
      counts.unrouted,
      ...UNTAKEN.map(
        ({ channel, reason }) => this.#ledger.account(OTEL, channel).counts().dropped[reason] ?? 0,
      ),
    ];
    return all.map((count, i) => count - (this.#noted[i] ?? 0));
  }
}
