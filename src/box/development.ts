import type { Note, Untaken } from '../development/note.js';
import { environment } from '../signal/environment.js';
import { OTEL } from '../telemetry/otel.js';
import type { Give } from './bound-boxes.js';
import type { DevelopmentConsole } from './core.js';
import type { Emitter } from './emitter.js';
import type { Ledger } from './ledger.js';
import { noteAsNow } from './note-as-now.js';

/** Notes that wait for who tells them: more come from an app that emits a lot before it is loaded. */
const WAITING = 100;
/** Frames of ours and of packages lie above that of the app. */
const FRAMES = 50;
/** What a box puts on the stack above the app: the place itself, the door that is watched, the method of the box. */
const DOORS = 3;
/** `emitDurably` puts two more between. */
const DURABLE_DOORS = 5;

const UNTAKEN: readonly Pick<Untaken, 'channel' | 'reason'>[] = [
  { channel: 'logs', reason: 'no_provider' },
  { channel: 'logs', reason: 'disabled' },
  { channel: 'metrics', reason: 'no_provider' },
];

/** Whether the app is being developed: as it says, else by `NODE_ENV`, else where a person looks at a terminal. */
export function isDevelopment(given: boolean | undefined): boolean {
  if (given !== undefined) return given;
  const { NODE_ENV, CI, NODE_TEST_CONTEXT } = environment();
  if (NODE_ENV === 'development') return true;
  if (NODE_ENV === 'production' || NODE_ENV === 'test' || CI || NODE_TEST_CONTEXT) return false;
  const { process } = globalThis as { process?: { readonly stderr?: { readonly isTTY?: boolean } } };
  return process?.stderr?.isTTY === true;
}

/** Tells on the console what is only counted otherwise, with the line of the app that did it. A box has one in development alone. */
export class Development implements DevelopmentConsole {
  readonly #emitter: Emitter;
  readonly #ledger: Ledger;
  readonly #waiting: Note[] = [];
  /** What was added to the counts by emits that were looked at. */
  #noted: readonly number[] = [];
  #tell: ((note: Note) => void) | undefined;
  #isTelling = false;

  constructor(emitter: Emitter, ledger: Ledger) {
    this.#emitter = emitter;
    this.#ledger = ledger;
    // Not a part of the core: production never loads it.
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
    // No assignment: that throws where the app has frozen it.
    Reflect.set(Error, 'stackTraceLimit', FRAMES);
    const place = new Error();
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
    return place;
  }

  note(note: Note): void {
    // Values are read again to be told or kept, and who prints may be the app's own: what emits within is not told, or it would never end.
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      if (this.#tell) this.#tell(note);
      else if (this.#waiting.length < WAITING) this.#waiting.push(noteAsNow(note));
    } catch {
      // A console that throws is nothing the app should see.
    } finally {
      this.#isTelling = false;
    }
  }

  unobserved(sentence: string, at: Error = this.here()): void {
    this.note({ kind: 'engine', sentence, at, doors: DOORS });
  }

  /** A door that notes what an emit adds to the counts. `routes`: also that no route takes it, which of the library's own signals may be meant. */
  watch(give: Give, routes: boolean): Give {
    return (signal, fields, options, receipts, bound) => {
      let before: readonly number[] | undefined;
      try {
        before = this.#unnoted();
      } catch {
        // There is no stack left.
      }
      give(signal, fields, options, receipts, bound);
      try {
        if (!before) return;
        const added = this.#unnoted().map((count, i) => count - (before?.[i] ?? 0));
        if (!added.some((n) => n > 0)) return;
        // An emit within another is over first, and what it added is none of the other's.
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
        // As above.
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
