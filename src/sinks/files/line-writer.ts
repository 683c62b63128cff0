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

/** Maximum number of bytes that one call writes, unless a single line has more. */
const BATCH_BYTES = 256 * 1024;

/** Appends lines to a file. One call writes all lines that wait, and they count as written when the sync policy says so. */
export class LineWriter implements AtExit {
  readonly local = true;
  readonly waits = false;
  readonly #settings: FileSettings;
  readonly #current: CurrentFile;
  /** Maximum number of lines that are written and synced together. */
  readonly #together: number;
  /** Lines that have ended stay until their senders know: at the end of the process, a sender may ask for all of them. */
  readonly #given = new GivenList<Line>(IN_FLIGHT);
  #waiting: Line[] = [];
  /** The batch that another thread is writing. */
  #batch: { readonly batch: Batch; readonly file: AppendFile } | undefined;
  /** Lines that are in the file, but perhaps not on the disk. */
  #group: { readonly lines: Line[]; readonly file: AppendFile; readonly endsAt: number } | undefined;
  /** So many lines are written one by one, because they failed together. */
  #single = 0;
  #working: Promise<void> | undefined;
  #closing = false;
  /** Somebody waits for this line and all before it. Until it has an outcome, no group waits for further lines. */
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

  /** The lines given so far no longer wait for others. */
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
    // Lines that are given in the same turn go together.
    await undefined;
    // No await lies between the last check and the end, so that a line that comes later starts new work.
    while (this.#waiting.length > 0 || this.#group)
      try {
        await this.#step();
      } catch (error) {
        // Whatever the error is, no line may wait for ever.
        for (const line of [...this.#waiting.splice(0), ...(this.#group?.lines.splice(0) ?? [])])
          line.fail(error);
      }
    this.#working = undefined;
    // The senders of the lines know a turn later.
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

  /** The next batch. Undefined if an `exit` event of a process that went on has written all waiting lines meanwhile. */
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
    // If other processes keep leaving unfinished lines, the batch begins with the newline that ends theirs.
    const batch = new Batch(lines, file.endsTornLine() || (lines[0]?.glued ?? 0) > 1);
    this.#waiting.splice(0, count);
    return batch;
  }

  /** Lines that are in the file end, or wait for the disk. The others are written again. */
  #sort(batch: Batch, file: AppendFile, { glued, gone }: { glued: boolean; gone: boolean }): void {
    const { whole, rest } = batch.split(batch.written ?? 0);
    const again = whole.splice(0, gone ? whole.length : glued ? 1 : 0);
    if (glued) for (const line of again) line.glued++;
    const [cut] = rest;
    if (cut && whole.length === 0 && ++cut.cuts > 1) {
      rest.shift();
      cut.fail(ownError('the disk took only a part of the line, twice'));
    }
    this.#waiting.unshift(...[...again, ...rest].filter(({ outcome }) => outcome === undefined));
    if (this.#settings.sync === 'never') for (const line of whole) line.end('delivered');
    else if (whole.length > 0) this.#join(whole, file);
  }

  #join(lines: readonly Line[], file: AppendFile): void {
    this.#group ??= { lines: [], file, endsAt: clockMillis() + this.#settings.groupMillis };
    this.#group.lines.push(...lines);
  }

  /** A single line has failed. Of several it is not known which one failed, so each is tried alone. */
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
      // The system forgets what it could not write, and a later sync would not report it.
      for (const line of lines ?? []) line.fail(error);
      this.#group = undefined;
      await this.#leave();
    }
  }

  /** Lets go of the file, after its lines are on the disk. */
  async #leave(): Promise<void> {
    if (this.#group) await this.#syncGroup();
    await this.#current.release().catch(() => {});
  }

  /** Settles when another line comes, or when the time is over. */
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
