import type { Patience } from '../delivery/process-exit.js';
import type { OwnPipe, PipeState } from './own-pipe.js';
import { look } from './own-pipe.js';
import type { WrittenLines } from './sync-write.js';
import { writeLines, writeNow } from './sync-write.js';

const NEWLINE = Buffer.from('\n');

/** Writes the texts of ours that the pipe was given and has not taken, and no byte of them twice. Texts of others are lost, as always. */
export function finishPipe(pipe: OwnPipe, state: PipeState, patience: Patience): void {
  const flushedTo = look(pipe, state);
  for (const waiting of state.waiting) {
    state.waiting.delete(waiting);
    const bytes = Buffer.from(waiting.text);
    const out = flushedTo - (waiting.end - bytes.length);
    if (out >= bytes.length) {
      // The last bytes that left are the end of a line of ours.
      if (out === bytes.length) state.clean = true;
      waiting.done('delivered');
      continue;
    }
    if (out >= 0) state.clean = true;
    const left = out > 0 ? bytes.subarray(out) : bytes;
    waiting.done(writeClean(pipe, state, [left], patience).lines === 1 ? 'delivered' : 'lost');
  }
}

/** Writes lines past the stream, after what the pipe has taken. */
export function writeToPipe(
  pipe: OwnPipe,
  state: PipeState,
  lines: readonly Buffer[],
  patience: Patience,
): WrittenLines {
  look(pipe, state);
  return writeClean(pipe, state, lines, patience);
}

function writeClean(
  pipe: OwnPipe,
  state: PipeState,
  lines: readonly Buffer[],
  patience: Patience,
): WrittenLines {
  if (!state.clean) {
    // A part of somebody else's line has left. Ours must not become its end.
    const { bytes, error } = writeNow(pipe.fd, NEWLINE, patience);
    if (bytes === 0) return { lines: 0, bytesOfNext: 0, error };
  }
  const written = writeLines(pipe.fd, lines, patience);
  state.clean = written.bytesOfNext === 0;
  return written;
}
