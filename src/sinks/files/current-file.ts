import { dirname } from 'node:path';
import type { Report } from '../../delivery/report.js';
import { createReport } from '../../delivery/report.js';
import { AppendFile } from './append-file.js';
import { makeFolder, syncFolder, syncMadeFolders } from './folder.js';
import { Housekeeping } from './housekeeping.js';
import { rotate } from './rotate.js';
import type { FileSettings, RotateSettings } from './settings.js';

/** For how long lines that are not forced to the disk go on without a look at whether their file is still there. */
const LOOK_MILLIS = 1000;
/** After a rotation that failed the lines go to the file that there is, and it is tried again later. */
const AFTER_ERROR_MILLIS = 1000;
/** When another process rotates, it is done by then. */
const AFTER_OTHERS_MILLIS = 10;

/** The file that is at the path: opened when it is needed, made anew when it was moved away, and rotated. */
export class CurrentFile {
  readonly #settings: FileSettings;
  readonly #report: Report = createReport();
  readonly #housekeeping: Housekeeping | undefined;
  #file: AppendFile | undefined;
  /** The period in which its lines were written. */
  #period = 0;
  #tidied = false;
  #rotateAt = 0;

  constructor(settings: FileSettings) {
    this.#settings = settings;
    const { rotate: rotation, sync } = settings;
    this.#housekeeping = rotation && new Housekeeping({ ...rotation, sync: sync !== 'never' }, this.#report);
  }

  /** The file for a line of so many bytes. `leave` is called before another one takes the place of one that was given. */
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

  /** How many bytes there is room for behind the file's end. */
  room(file: AppendFile): number {
    return Math.max(0, (this.#settings.rotate?.maxBytes ?? Number.POSITIVE_INFINITY) - file.size);
  }

  /** Lets go of the file; the next line opens it anew. */
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
      // Another process may have made the file and not have come to this yet.
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

  /** Whether another file has to be opened now. */
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
        `'${path}' could not be rotated; lines still go to the file that there is`,
        error,
      );
    }
    return file.isElsewhere();
  }
}
