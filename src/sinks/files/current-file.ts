import { dirname } from 'node:path';
import type { Report } from '../../delivery/report.js';
import { createReport } from '../../delivery/report.js';
import { AppendFile } from './append-file.js';
import { makeFolder, syncFolder, syncMadeFolders } from './folder.js';
import { Housekeeping } from './housekeeping.js';
import { rotate } from './rotate.js';
import type { FileSettings, RotateSettings } from './settings.js';

/** Milliseconds for which unsynced lines go to a file without a check that it is still there. */
const LOOK_MILLIS = 1000;
/** After a failed rotation, lines go to the present file, and the rotation is tried again after this time. */
const AFTER_ERROR_MILLIS = 1000;
/** If another process rotates, it is done after this time. */
const AFTER_OTHERS_MILLIS = 10;

/** The file at the path. It is opened when it is needed, made anew if it was moved away, and rotated. */
export class CurrentFile {
  readonly #settings: FileSettings;
  readonly #report: Report = createReport();
  readonly #housekeeping: Housekeeping | undefined;
  #file: AppendFile | undefined;
  /** The period in which the lines of the file were written. */
  #period = 0;
  #tidied = false;
  #rotateAt = 0;

  constructor(settings: FileSettings) {
    this.#settings = settings;
    const { rotate: rotation, sync } = settings;
    this.#housekeeping = rotation && new Housekeeping({ ...rotation, sync: sync !== 'never' }, this.#report);
  }

  /** Returns the file for a line of so many bytes. Calls `leave` before another file replaces the present one. */
  async forLine(bytes: number, leave: () => Promise<void>): Promise<AppendFile> {
    const { rotate: rotation, sync } = this.#settings;
    const looks = sync !== 'never' || (this.#file?.unseenMillis ?? 0) >= LOOK_MILLIS;
    if (this.#file && looks && (await this.#file.isElsewhere())) await leave();
    let file = this.#file ?? (await this.#open());
    if (rotation && this.#isDue(file, bytes, rotation) && (await this.#rotate(file))) {
      await leave();
      file = await this.#open();
    }
    return file;
  }

  /** How many bytes fit behind the file's end. */
  room(file: AppendFile): number {
    return Math.max(0, (this.#settings.rotate?.maxBytes ?? Number.POSITIVE_INFINITY) - file.size);
  }

  /** Closes the file. The next line opens it anew. */
  async release(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async close(): Promise<void> {
    try {
      await this.release();
    } finally {
      await this.#housekeeping?.close();
    }
  }

  async #open(): Promise<AppendFile> {
    const { path, sync } = this.#settings;
    const topmost = await makeFolder(dirname(path));
    const file = await AppendFile.open(path, this.#settings);
    try {
      // Another process may have made the file, and may not have synced its folder yet.
      if (sync !== 'never' && file.regular) {
        await syncMadeFolders(dirname(path), topmost);
        if (file.path !== path) await syncFolder(dirname(file.path));
      }
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    this.#file = file;
    this.#period = this.#periodOf(file.size === 0 ? Date.now() : file.writtenAt);
    if (!this.#tidied && file.regular) this.#housekeeping?.begin(file.path);
    this.#tidied = true;
    return file;
  }

  #isDue(file: AppendFile, bytes: number, { maxBytes }: RotateSettings): boolean {
    if (!file.regular || file.size === 0 || performance.now() < this.#rotateAt) return false;
    return file.size + bytes > maxBytes || this.#periodOf(Date.now()) > this.#period;
  }

  #periodOf(millis: number): number {
    return Math.floor(millis / (this.#settings.rotate?.everyMillis ?? Number.POSITIVE_INFINITY));
  }

  /** Rotates the file. True if another file must be opened now. */
  async #rotate(file: AppendFile): Promise<boolean> {
    try {
      if (await rotate(file.path, file.identity)) {
        if (this.#settings.sync !== 'never') await syncFolder(dirname(file.path));
        this.#housekeeping?.begin(file.path);
        return true;
      }
      this.#rotateAt = performance.now() + AFTER_OTHERS_MILLIS;
    } catch (error) {
      this.#rotateAt = performance.now() + AFTER_ERROR_MILLIS;
      const { path } = file;
      this.#report(
        `rotate ${path}`,
        `'${path}' could not be rotated; lines still go to the present file`,
        error,
      );
    }
    return file.isElsewhere();
  }
}
