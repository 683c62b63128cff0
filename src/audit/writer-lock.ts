import type { FileSystem } from './file-system.js';
import { codeOf, FLAGS, writeAllNow } from './file-system.js';
import type { Life } from './process-life.js';
import { isSame, livesOn, ownLife } from './process-life.js';

/** How often the holder touches its lock, and for how long an untouched one is believed where nothing else tells. */
const TOUCH_MILLIS = 2_000;
const BELIEVED_MILLIS = 10_000;
/** A lock that is made and not yet written is looked at again for so long. */
const WRITTEN_MILLIS = 200;

/** Who holds a lock that somebody else wanted. */
export class HeldBy {
  readonly life: Life | undefined;

  constructor(life: Life | undefined) {
    this.life = life;
  }

  toString(): string {
    if (!this.life) return 'a process that has not said its name';
    const { pid, thread, host } = this.life;
    const own = ownLife();
    const where = host === own.host ? '' : ` on ${host}`;
    const which = pid === own.pid && where === '' ? 'this process, ' : 'process ';
    return `${which}${pid}${thread === 0 ? '' : ` (thread ${thread})`}${where}`;
  }
}

/** One writer for a trail: a file beside it that says who. One whose process has ended is taken over. */
export class WriterLock {
  readonly #files: FileSystem;
  readonly #path: string;
  readonly #life: Life = ownLife();
  #touching: ReturnType<typeof setInterval> | undefined;

  constructor(files: FileSystem, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** Whether it was taken, and not let go. */
  get isHeld(): boolean {
    return this.#touching !== undefined;
  }

  /** Takes it, if it is not held already by this very lock. Gives who has it, if somebody has; throws what the disk says. */
  take(): HeldBy | undefined {
    if (this.#touching && this.#isOurs()) return undefined;
    this.#stopTouching();
    if (!this.#make(this.#path)) {
      const holder = this.holder();
      if (holder) return holder;
      const taken = this.#takeOver();
      if (taken) return taken;
    }
    this.#touching = setInterval(() => this.#touch(), TOUCH_MILLIS);
    this.#touching.unref();
    return undefined;
  }

  /** Lets go of it, so that another can take it. */
  release(): void {
    const held = this.#touching !== undefined;
    this.#stopTouching();
    try {
      if (held && this.#isOurs()) this.#files.remove(this.#path);
    } catch {
      // It is known to be nobody's once this process has ended.
    }
  }

  #stopTouching(): void {
    clearInterval(this.#touching);
    this.#touching = undefined;
  }

  #touch(): void {
    try {
      this.#files.touch(this.#path);
    } catch {
      // Removed with its folder, or on a disk that fails: the next group finds out.
    }
  }

  #isOurs(): boolean {
    const life = this.#read();
    return life !== undefined && life !== 'unwritten' && isSame(life, this.#life);
  }

  /** False where there is one already. */
  #make(path: string): boolean {
    let fd: number;
    try {
      fd = this.#files.open(path, FLAGS.makeNew | FLAGS.noLink, 0o600);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
    try {
      writeAllNow(this.#files, fd, Buffer.from(`${JSON.stringify(this.#life)}\n`), 0);
      return true;
    } catch (error) {
      this.#files.remove(path);
      throw error;
    } finally {
      this.#files.close(fd);
    }
  }

  #read(): Life | 'unwritten' | undefined {
    const text = this.#files.readText(this.#path);
    if (text === undefined) return undefined;
    try {
      const life = JSON.parse(text) as Life;
      if (Number.isSafeInteger(life.pid) && typeof life.host === 'string') return life;
    } catch {
      // Made and not yet written, or torn by the end of its process.
    }
    return 'unwritten';
  }

  /** Who holds it, if somebody does who lives. */
  holder(): HeldBy | undefined {
    let life = this.#read();
    for (let waited = 0; life === 'unwritten' && waited < WRITTEN_MILLIS; waited += 10) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      life = this.#read();
    }
    if (life === undefined || life === 'unwritten') return undefined;
    const lives = livesOn(life);
    return lives === 'yes' || (lives === 'unsure' && this.#isTouched(this.#path))
      ? new HeldBy(life)
      : undefined;
  }

  #isTouched(path: string): boolean {
    const stat = this.#files.stat(path);
    return stat !== undefined && Math.abs(Date.now() - stat.mtimeMillis) < BELIEVED_MILLIS;
  }

  /** Of those who find a lock whose holder has ended one takes it over: the one that makes a file for that first. */
  #takeOver(): HeldBy | undefined {
    const turn = `${this.#path}.turn`;
    if (!this.#make(turn)) {
      if (this.#isTouched(turn)) return new HeldBy(undefined);
      this.#files.remove(turn);
      if (!this.#make(turn)) return new HeldBy(undefined);
    }
    try {
      const holder = this.holder();
      if (holder) return holder;
      try {
        this.#files.remove(this.#path);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
      }
      return this.#make(this.#path) ? undefined : new HeldBy(undefined);
    } finally {
      this.#files.remove(turn);
    }
  }
}
