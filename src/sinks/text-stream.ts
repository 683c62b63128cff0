/**
 * Where text goes: `process.stdout`, any other Node.js stream, or something else with `write`, as
 * `pino.destination()`. Only a Node.js stream tells when, and whether, a text is written: elsewhere it counts
 * as written when `write` returns.
 */
export interface TextStream {
  write(text: string): unknown;
  /** True for a terminal. */
  readonly isTTY?: boolean | undefined;
  /** The width of the terminal. */
  readonly columns?: number | undefined;
}

/** What is needed of a Node.js stream beside its `write`, which takes a callback. */
export interface NodeStream {
  write(text: string, done: (error?: Error | null) => void): unknown;
  once(event: 'error', listener: () => void): unknown;
  removeListener(event: 'error', listener: () => void): unknown;
  listeners(event: 'error'): readonly unknown[];
}

/**
 * Writes a text. Of a Node.js stream it waits for the word that it is written: a closed pipe tells no
 * earlier. Throws or rejects where it is not written.
 *
 * @param told Called with the word of a Node.js stream, as soon as it comes.
 */
export function writeText(
  stream: TextStream,
  text: string,
  told?: (error: unknown) => void,
): void | Promise<void> {
  if (!isNodeStream(stream)) {
    stream.write(text);
    return;
  }
  return new Promise((resolve, reject) => {
    // An `error` event that nobody listens to ends the process. It comes in the write or after its callback;
    // what listens then is taken away again, so that errors of the app's own writes are the app's as before.
    stream.once('error', ignore);
    try {
      stream.write(text, (error) => {
        told?.(error);
        if (!error) return resolve();
        // Also beside another listener: a worker's output, piped into ours, throws the error unless one is
        // left.
        if (!stream.listeners('error').includes(ignore)) stream.once('error', ignore);
        reject(error);
      });
    } catch (error) {
      told?.(error);
      reject(error);
    } finally {
      stream.removeListener('error', ignore);
    }
  });
}

// Asked for a Writable's own marks too (the second has `readable-stream` since its first versions): other things that write are
// emitters as well, as pino's SonicBoom is, and never call back.
export function isNodeStream(stream: object): stream is NodeStream {
  const { once, removeListener, listeners } = stream as Partial<NodeStream>;
  const emits = [once, removeListener, listeners].every((method) => typeof method === 'function');
  return emits && ('writableLength' in stream || '_writableState' in stream);
}

/** How much a Node.js stream holds that it was given and has not written. */
export function heldBy(stream: TextStream): number {
  const { writableLength, _writableState: state } = stream as {
    writableLength?: number;
    _writableState?: { length?: number };
  };
  return writableLength ?? state?.length ?? 0;
}

function ignore(): void {}
