import { sharedByStream } from '../delivery/process-exit.js';
import type { TextStream } from './text-stream.js';

/** The process's own stdout or stderr, if it is a pipe. Text that its reader is too slow for waits in the process, and is lost with it. */
export interface OwnPipe extends TextStream {
  readonly fd: number;
  /** All bytes that it was ever given. */
  readonly bytesWritten: number;
  readonly writableLength: number;
  readonly _handle: {
    /** All bytes that the operating system was ever asked to take, and those that it has yet to take. */
    readonly bytesWritten: number;
    readonly writeQueueSize: number;
  };
}

/** A text of ours that a pipe has not taken whole. */
export interface Waiting {
  readonly text: string;
  /** The position of its end in all that the pipe was ever given. */
  readonly end: number;
  done(outcome: 'delivered' | 'lost'): void;
}

/** The state that the sinks of one pipe share. */
export interface PipeState {
  readonly waiting: Set<Waiting>;
  /** How many of its bytes had left when we last looked. */
  flushedTo: number;
  /** False if the bytes that left last may end within a line. */
  clean: boolean;
}

export function pipeState(pipe: OwnPipe): PipeState {
  return sharedByStream(pipe, () => ({ waiting: new Set<Waiting>(), flushedTo: -1, clean: true }));
}

/**
 * Whether a stream is the process's own, and a pipe. Terminals and files take all at once. If somebody replaced a stream's `write`,
 * we do not write past it.
 */
export function isOwnPipe(stream: TextStream): stream is OwnPipe {
  const { process } = globalThis as { process?: { stdout?: unknown; stderr?: unknown } };
  if (stream !== process?.stdout && stream !== process?.stderr) return false;
  if (stream.isTTY === true || Object.hasOwn(stream, 'write')) return false;
  const { fd, bytesWritten, writableLength, _handle: handle } = stream as Partial<OwnPipe>;
  return [fd, bytesWritten, writableLength, handle?.bytesWritten, handle?.writeQueueSize].every(
    (value) => typeof value === 'number',
  );
}

/** Checks how many bytes have left by now. */
export function look(pipe: OwnPipe, state: PipeState): number {
  const { bytesWritten, writeQueueSize } = pipe._handle;
  const flushedTo = bytesWritten - writeQueueSize;
  if (flushedTo !== state.flushedTo) state.clean = writeQueueSize === 0;
  state.flushedTo = flushedTo;
  return flushedTo;
}
