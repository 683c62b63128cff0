/**
 * Where text goes: `process.stdout`, any other Node.js stream, or another object with `write`, as `pino.destination()`. Only a
 * Node.js stream reports when, and whether, a text is written: elsewhere it counts as written when `write` returns.
 */
export interface TextStream {
  write(text: string): unknown;
  /** True for a terminal. */
  readonly isTTY?: boolean | undefined;
  /** The width of the terminal. */
  readonly columns?: number | undefined;
}

/** The methods of a Node.js stream that we need. Its `write` takes a callback. */
export interface NodeStream {
  write(text: string, done: (error?: Error | null) => void): unknown;
  once(event: 'error', listener: () => void): unknown;
  removeListener(event: 'error', listener: () => void): unknown;
  listeners(event: 'error'): readonly unknown[];
}

/**
 * Writes a text. With a Node.js stream it waits for the callback, because a closed pipe reports nothing earlier. Throws or rejects if
 * the text is not written.
 *
 * @param told Called with what a Node.js stream reports, as soon as it does.
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
    // An `error` event without a listener ends the process. It comes in the write or after its callback. Our listener is removed
    // afterwards, so that errors of the app's own writes reach the app as before.
    stream.once('error', ignore);
    try {
      stream.write(text, (error) => {
        told?.(error);
        if (!error) return resolve();
        // Needed even beside another listener: a worker's output, piped into ours, throws the error unless one is left.
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

// Also checks for fields of a Writable (`readable-stream` has had the second since its first versions). Other things that write are
// emitters as well, as pino's SonicBoom is, and never call back.
export function isNodeStream(stream: object): stream is NodeStream {
  const { once, removeListener, listeners } = stream as Partial<NodeStream>;
  const emits = [once, removeListener, listeners].every((method) => typeof method === 'function');
  return emits && ('writableLength' in stream || '_writableState' in stream);
}

/** How much a Node.js stream was given and has not written. */
export function heldBy(stream: TextStream): number {
  const { writableLength, _writableState: state } = stream as {
    writableLength?: number;
    _writableState?: { length?: number };
  };
  return writableLength ?? state?.length ?? 0;
}

function ignore(): void {}
