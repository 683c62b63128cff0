import { ownError } from '../../delivery/own-error.js';
import type { Patience } from '../../delivery/process-exit.js';
import { clockMillis, nextTurn, startTimer, stopTimer } from '../../delivery/timers.js';
import type { AtExit, ExitOutcome } from '../../delivery/write-at-exit.js';
import type { Emission } from '../../emission/emission.js';
import { GivenList } from '../write-outcomes.js';
import type { AppendFile } from './append-file.js';
import { appendAtExit, finishBatch, syncAtExit } from './at-exit.js';
import { CurrentFile } from './current-file.js';
import { Batch, Line, lineBytes } from './line.js';
import type { FileSettings } from './settings.js';
import { IN_FLIGHT } from './settings.js';

/** So many bytes are written by one call at most, unless one line alone has more. */
const BATCH_BYTES = 256 * 1024;

/** Appends lines to a file: those that wait are written by one call, and counted as written when the policy says so. */
export class LineWriter implements AtExit {
  readonly local = true;
  readonly waits = false;
  readonly #settings: FileSettings;
  readonly #current: CurrentFile;
  /** How many lines go together. */
  readonly #together: number;
  /** Those that ended stay until their senders know, who may be asked for all of them when the process ends. */
  readonly #given = new GivenList<Line>(IN_FLIGHT);
  #waiting: Line[] = [];
  /** What another thread is writing. */
  #batch: { readonly batch: Batch; readonly file: AppendFile } | undefined;
  /** In the file, and not known to be on the disk. */
  #group: { readonly lines: Line[]; readonly file: AppendFile; readonly endsAt: number } | undefined;
  /** So many lines go one by one, since they failed together. */
  #single = 0;
  #working: Promise<void> | undefined;
  #closing = false;
  /** Somebody waits for it and all before it: no group waits for others until it has an outcome. */
  #urgent: Line | undefined;
  #wake: (() => void) | undefined;

  constructor(settings: FileSettings) {
    this.#settings = settings;
    this.#current = new CurrentFile(settings);
    this.#together = settings.sync === 'line' ? 1 : IN_FLIGHT;
  }

  append(emission: Emission): Promise<void> {
    const line = new Line(emission, this.#settings.stack);
    this.#given.add(line);
    this.#waiting.push(line);
    this.#wake?.();
    this.#working ??= this.#work();
    return line.answer;
  }

  /** Has the lines that were given so far wait for no others. */
  flush(): void {
    this.#urgent = this.#waiting.at(-1) ?? this.#batch?.batch.lines.at(-1) ?? this.#group?.lines.at(-1);
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#wake?.();
    while (this.#working) await this.#working;
    this.#closing = false;
    await this.#current.close();
  }

  finish(emission: Emission | undefined, patience: Patience): ExitOutcome | undefined {
    this.#finishAll(patience);
    const outcome = emission && this.#given.take(emission)?.outcome;
    return outcome === 'lost' ? 'failed' : outcome;
  }

  write(
    emissions: readonly Emission[],
    settled: (outcome: 'delivered' | 'failed') => void,
    patience: Patience,
  ): void {
    const lines = emissions.map((emission) => lineBytes(emission, this.#settings.stack));
    appendAtExit(this.#settings, lines, settled, patience);
  }

  #finishAll(patience: Patience): void {
    const [begun, group, waiting] = [this.#batch, this.#group, this.#waiting];
    const sync = this.#settings.sync !== 'never';
    this.#waiting = [];
    if (begun && isOpen(begun.batch.lines)) finishBatch(begun.batch, begun.file, sync, patience);
    if (group && isOpen(group.lines)) syncAtExit(group.lines, group.file);
    const left = waiting.values();
    appendAtExit(
      this.#settings,
      waiting.map(({ bytes }) => bytes),
      (outcome) => left.next().value?.end(outcome),
      patience,
    );
    for (const line of left) line.end('lost');
  }

  async #work(): Promise<void> {
    // What is given in the same turn goes together.
    await undefined;
    // Looked at without an await before it ends: what comes then begins anew.
    while (this.#waiting.length > 0 || this.#group)
      try {
        await this.#step();
      } catch (error) {
        // No line waits for ever, whatever it was.
        for (const line of [...this.#waiting.splice(0), ...(this.#group?.lines.splice(0) ?? [])])
          line.fail(error);
      }
    this.#working = undefined;
    // Who gave them knows a turn later.
    nextTurn(() => this.#working ?? this.#given.forget());
  }

  async #step(): Promise<void> {
    if (this.#isGroupOver()) await this.#syncGroup();
    else if (this.#waiting.length > 0) await this.#writeSome();
    else if (this.#group) await this.#arrival(this.#group.endsAt - clockMillis());
  }

  async #writeSome(): Promise<void> {
    let file: AppendFile;
    try {
      file = await this.#current.forLine(this.#waiting[0]?.bytes.length ?? 0, () => this.#leave());
    } catch (error) {
      for (const line of this.#waiting.splice(0)) line.fail(error);
      return;
    }
    const batch = this.#take(file);
    if (!batch) return;
    this.#batch = { batch, file };
    try {
      batch.written = await file.append(batch.bytes);
      const { glued, gone, moved } = await file.look(batch.bytes, batch.written);
      this.#batch = undefined;
      this.#sort(batch, file, { glued, gone });
      if (moved || batch.written < batch.bytes.length) await this.#leave();
    } catch (error) {
      this.#batch = undefined;
      await this.#fail(batch, error);
    }
  }

  /** What is written next; nothing where all that waited was written meanwhile, at an exit of the process that was none. */
  #take(file: AppendFile): Batch | undefined {
    const room = Math.min(BATCH_BYTES, this.#current.room(file));
    const most = this.#single > 0 ? 1 : this.#together - (this.#group?.lines.length ?? 0);
    let count = 0;
    for (let bytes = 0; count < Math.min(most, this.#waiting.length); count++) {
      bytes += this.#waiting[count]?.bytes.length ?? 0;
      if (count > 0 && bytes > room) break;
    }
    if (count === 0) return undefined;
    if (this.#single > 0) this.#single--;
    const lines = this.#waiting.slice(0, count);
    // Where others leave torn lines all the time, the line brings the end of theirs with it.
    const batch = new Batch(lines, file.endsTornLine() || (lines[0]?.glued ?? 0) > 1);
    this.#waiting.splice(0, count);
    return batch;
  }

  /** Lines that are in the file are ended, or wait for the disk; the others are written again. */
  #sort(batch: Batch, file: AppendFile, { glued, gone }: { glued: boolean; gone: boolean }): void {
    const { whole, rest } = batch.split(batch.written ?? 0);
    const again = whole.splice(0, gone ? whole.length : glued ? 1 : 0);
    if (glued) for (const line of again) line.glued++;
    const [cut] = rest;
    if (cut && whole.length === 0 && ++cut.cuts > 1) {
      rest.shift();
      cut.fail(ownError('the disk took a part of the line alone, twice'));
    }
    this.#waiting.unshift(...[...again, ...rest].filter(({ outcome }) => outcome === undefined));
    if (this.#settings.sync === 'never') for (const line of whole) line.end('delivered');
    else if (whole.length > 0) this.#join(whole, file);
  }

  #join(lines: readonly Line[], file: AppendFile): void {
    this.#group ??= { lines: [], file, endsAt: clockMillis() + this.#settings.groupMillis };
    this.#group.lines.push(...lines);
  }

  /** One line fails for itself; of several it is not known which one it was for. */
  async #fail(batch: Batch, error: unknown): Promise<void> {
    const { lines } = batch;
    if (lines.length > 1) {
      this.#waiting.unshift(...lines.filter(({ outcome }) => outcome === undefined));
      this.#single = lines.length;
    } else lines[0]?.fail(error);
    await this.#leave();
  }

  #isGroupOver(): boolean {
    if (!this.#group) return false;
    const { lines, endsAt } = this.#group;
    const isUrgent = this.#urgent !== undefined && this.#urgent.outcome === undefined;
    return lines.length >= this.#together || this.#closing || isUrgent || clockMillis() >= endsAt;
  }

  async #syncGroup(): Promise<void> {
    const { lines, file } = this.#group ?? {};
    try {
      await file?.sync();
      for (const line of lines ?? []) line.end('delivered');
      this.#group = undefined;
    } catch (error) {
      // What the system could not write it has forgotten: a later sync would say nothing of it.
      for (const line of lines ?? []) line.fail(error);
      this.#group = undefined;
      await this.#leave();
    }
  }

  /** Lets go of the file, whose lines the disk has to have first. */
  async #leave(): Promise<void> {
    if (this.#group) await this.#syncGroup();
    await this.#current.release().catch(() => {});
  }

  /** Settles when another line comes, or when it is time. */
  async #arrival(millis: number): Promise<void> {
    let timer: ReturnType<typeof startTimer> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = startTimer(resolve, Math.max(0, millis));
    });
    this.#wake = undefined;
    stopTimer(timer);
  }
}

function isOpen(lines: readonly Line[]): boolean {
  return lines.some(({ outcome }) => outcome === undefined);
}
