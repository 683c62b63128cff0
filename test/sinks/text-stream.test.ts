import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { writeText } from '../../src/sinks/text-stream.js';
import { settle } from '../delivery/helpers.js';

type Done = (error?: Error | null) => void;

describe('writeText()', () => {
  test('writeText() - is done at once with an object that only has `write`', () => {
    const written: string[] = [];
    expect(writeText({ write: (text) => written.push(text) }, 'a\n')).toBeUndefined();
    expect(written).toEqual(['a\n']);
  });

  test('writeText() - is done at once with an emitter that takes no callback', () => {
    const written: string[] = [];
    // What `pino.destination()` returns, seen from here: an emitter whose `write` says whether there is room.
    const boom = Object.assign(new EventEmitter(), {
      writable: true,
      write: (text: string) => written.push(text) > 0,
    });
    expect(writeText(boom, 'a\n')).toBeUndefined();
    expect(written).toEqual(['a\n']);
    expect(boom.listenerCount('error')).toBe(0);
  });

  test('writeText() - is done at once with what pino.destination() returns', () => {
    const destination = pino.destination({ dest: '/dev/null', sync: true });
    expect(writeText(destination, 'a\n')).toBeUndefined();
    destination.end();
  });

  test.each([
    ['of a copy of readable-stream', { _writableState: {} }],
    ['of Node.js that is no Writable, as a response is', { writableLength: 0 }],
  ])('writeText() - waits for the word of a stream %s', async (_, marks) => {
    let done: Done | undefined;
    const stream = Object.assign(new EventEmitter(), marks, {
      write: (_text: string, callback?: Done) => {
        done = callback;
      },
    });
    const writing = writeText(stream, 'a\n');
    expect(writing).toBeInstanceOf(Promise);
    done?.();
    await writing;
  });

  test('writeText() - throws what such an object throws', () => {
    const write = (): never => {
      throw new Error('no paper');
    };
    expect(() => writeText({ write }, 'a\n')).toThrow('no paper');
  });

  test('writeText() - waits for the word of a Node.js stream and leaves no listener behind', async () => {
    let done: Done | undefined;
    const stream = new Writable({
      write: (_, __, callback) => {
        done = callback;
      },
    });
    let written = false;
    const writing = Promise.resolve(writeText(stream, 'a\n')).then(() => {
      written = true;
    });
    await settle();
    expect(written).toBe(false);
    done?.();
    await writing;
    expect(written).toBe(true);
    expect(stream.listenerCount('error')).toBe(0);
  });

  test('writeText() - rejects where the pipe breaks, at once or later, and no error goes unhandled', async () => {
    const broken = new Error('write EPIPE');
    const atOnce = new Writable({ write: (_, __, callback) => callback(broken) });
    const later = new Writable({ write: (_, __, callback) => void setImmediate(callback, broken) });
    for (const stream of [atOnce, later]) {
      await expect(writeText(stream, 'a\n')).rejects.toBe(broken);
      await settle();
      expect(stream.listenerCount('error')).toBe(0);
      await expect(writeText(stream, 'b\n')).rejects.toMatchObject({ code: 'ERR_STREAM_DESTROYED' });
      await settle();
    }
  });

  test('writeText() - leaves the error to the listeners of the app, which get it once', async () => {
    const broken = new Error('write EPIPE');
    const stream = new Writable({ write: (_, __, callback) => callback(broken) });
    const listener = vi.fn();
    stream.on('error', listener);
    await expect(writeText(stream, 'a\n')).rejects.toBe(broken);
    await settle();
    expect(listener).toHaveBeenCalledExactlyOnceWith(broken);
    expect(stream.listenerCount('error')).toBe(1);
  });

  test('writeText() - survives a broken pipe that another stream is piped into', async () => {
    const broken = new Error('write EPIPE');
    const stream = new Writable({ write: (_, __, callback) => callback(broken) });
    new Readable({ read: () => {} }).pipe(stream);
    await expect(writeText(stream, 'a\n')).rejects.toBe(broken);
    await settle();
    await expect(writeText(stream, 'b\n')).rejects.toThrow();
    await expect(writeText(stream, 'c\n')).rejects.toThrow();
    await settle();
    expect(stream.listenerCount('error')).toBeLessThanOrEqual(1);
  });

  test('writeText() - rejects where a Node.js stream throws', async () => {
    const stream = new Writable();
    stream.write = () => {
      throw new Error('torn');
    };
    await expect(writeText(stream, 'a\n')).rejects.toThrow('torn');
    expect(stream.listenerCount('error')).toBe(0);
  });
});
