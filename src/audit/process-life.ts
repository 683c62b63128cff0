import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** Who writes a trail, so that others can tell whether it still lives. */
export interface Life {
  readonly pid: number;
  /** 0 is the main thread. */
  readonly thread: number;
  readonly host: string;
  /** When the process began, as the kernel counts: another process that is given the same number began at another time. */
  readonly start: string | undefined;
  /** Within what process numbers mean the same: the boot and the namespace. */
  readonly space: string | undefined;
}

export function ownLife(): Life {
  return {
    pid: process.pid,
    thread: threadId,
    host: hostname(),
    start: startOf('self'),
    space: spaceOfNumbers(),
  };
}

/** Whether two are the same thread of the same process. */
export function isSame(a: Life, b: Life): boolean {
  return a.pid === b.pid && a.thread === b.thread && a.start === b.start && a.space === b.space;
}

/**
 * Whether one lives, as far as that can be told from here; `unsure` where only what it touched lately tells: of another container or
 * machine, of a thread that may have been ended alone, and where the kernel does not say when a process began.
 */
export function livesOn({ pid, thread, host, start, space }: Life): 'yes' | 'no' | 'unsure' {
  const here = spaceOfNumbers();
  if (start !== undefined && space !== undefined && space === here) {
    if (startOf(pid) !== start) return 'no';
    return thread === 0 ? 'yes' : 'unsure';
  }
  if (here === undefined && space === undefined && host === hostname() && !isThere(pid)) return 'no';
  return 'unsure';
}

/** Linux alone tells. One that has ended and that nobody has waited for yet has ended. */
function startOf(pid: number | 'self'): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function spaceOfNumbers(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
