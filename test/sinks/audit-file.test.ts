import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSignalbox } from '../../src/box/create-signalbox.js';
import { writeAsAtExit } from '../../src/delivery/process-exit.js';
import { connectSink } from '../../src/delivery/sink-port.js';
import { SignalboxError } from '../../src/signal/signalbox-error.js';
import { auditFile } from '../../src/sinks/audit-file.js';
import { jsonLine } from '../../src/sinks/json-line.js';
import { retrying } from '../../src/sinks/modifiers/retrying.js';
import { Folder, gapsIn, KEYS, linesOf, messagesIn, problemsOf } from '../audit/helpers.js';
import { PRIVATE_KEY } from '../audit/keys.js';
import { callOf, connectionOf, deadline, emissionOf, numbered } from '../delivery/helpers.js';

let folder: Folder;
let path: string;
beforeEach(() => {
  folder = new Folder();
  path = folder.file();
});
afterEach(() => folder.remove());

describe('auditFile()', () => {
  test('auditFile() - writes what a line of JSON tells of each emission, behind a queue of the box', async () => {
    const connection = connectionOf();
    const port = connectSink(auditFile({ path }), {}, connection);
    const emissions = numbered(50);
    for (const emission of emissions) port.accept?.(emission);
    await port.shutdown(deadline());
    expect(linesOf(folder.text()).map(({ emission }) => emission)).toEqual(
      emissions.map((one) => JSON.parse(jsonLine(one))),
    );
    expect(connection.sinkAccount.counts()).toMatchObject({ delivered: 50, queued: 0 });
    expect(await problemsOf([path])).toEqual([]);
  });

  test('auditFile() - tells in the chain what the queue in front of it dropped', async () => {
    const connection = connectionOf();
    const port = connectSink(retrying(auditFile({ path }), { attempts: 2 }), { capacity: 5 }, connection);
    for (const emission of numbered(20)) port.accept?.(emission);
    await port.shutdown(deadline());
    expect(connection.sinkAccount.counts()).toMatchObject({ delivered: 5, dropped: { queue_full: 15 } });
    expect(gapsIn(folder.text())).toMatchObject([{ reason: 'dropped', count: 15, by: { queue_full: 15 } }]);
    expect(await problemsOf([path])).toEqual([]);
  });

  test('auditFile() - tells the box how many it takes at once, and that what it has answered is there for good', () => {
    const sink = auditFile({ path });
    expect({ ...sink }).toMatchObject({ inFlight: 1024, durable: true });
    void sink.close?.();
  });

  test('auditFile() - writes what waits when the process ends', async () => {
    const connection = connectionOf();
    const port = connectSink(auditFile({ path }), {}, connection);
    for (const emission of numbered(5)) port.accept?.(emission);
    writeAsAtExit();
    expect(messagesIn(folder.text())).toEqual(['0', '1', '2', '3', '4']);
    expect(connection.sinkAccount.counts()).toMatchObject({ delivered: 5, queued: 0 });
    expect(await problemsOf([path])).toEqual([]);
    // What has ended stays ended: for the next test the process begins anew.
    const exits = (globalThis as { [key: symbol]: { patience: unknown } | undefined })[
      Symbol.for('signalbox.exits')
    ];
    if (exits) exits.patience = undefined;
    await port.shutdown(deadline());
  });

  test('auditFile() - makes folders, and files that their owner alone can read, unless it is told otherwise', async () => {
    for (const [name, mode] of [
      ['a/b/audit.jsonl', undefined],
      ['c/audit.jsonl', 0o640],
    ] as const) {
      const made = auditFile({ path: folder.file(name), mode });
      await made(emissionOf(), callOf());
      for (const file of [folder.file(name), `${folder.file(name)}.head`])
        expect(statSync(file).mode & 0o777).toBe(mode ?? 0o600);
      await made.close?.();
    }
  });

  test('auditFile() - follows a symbolic link only where it is told to', async () => {
    writeFileSync(folder.file('real.jsonl'), '');
    symlinkSync(folder.file('real.jsonl'), path);
    expect(() => auditFile({ path })).toThrow(
      /is a symbolic link. Give the path of the file itself, or `followLinks: true`/,
    );
    const sink = auditFile({ path, followLinks: true });
    await sink(emissionOf(), callOf());
    await sink.close?.();
    expect(linesOf(folder.text('real.jsonl'))).toHaveLength(1);
    expect(await problemsOf([folder.file('real.jsonl')])).toEqual([]);
  });

  test('auditFile() - a link that takes the place of its file later is not followed', async () => {
    const sink = auditFile({ path });
    writeFileSync(folder.file('elsewhere'), '');
    symlinkSync(folder.file('elsewhere'), path);
    await expect(sink(emissionOf(), callOf())).rejects.toMatchObject({ code: 'ELOOP' });
    await sink.close?.();
    expect(readFileSync(folder.file('elsewhere'), 'utf8')).toBe('');
  });

  test('auditFile() - refuses a second writer by a sentence with the number of the first, or gives it a file of its own', async () => {
    const first = auditFile({ path });
    expect(() => auditFile({ path })).toThrow(SignalboxError);
    expect(() => auditFile({ path })).toThrow(
      `auditFile: '${path}' is being written by this process, ${process.pid}. A trail has one writer: give another path, or \`secondWriter: 'own-file'\`.`,
    );
    const second = auditFile({ path, secondWriter: 'own-file' });
    for (const one of numbered(3)) await Promise.all([first(one, callOf()), second(one, callOf())]);
    await first.close?.();
    await second.close?.();
    const own = folder.file('audit.2.jsonl');
    expect(messagesIn(readFileSync(own, 'utf8'))).toEqual(['0', '1', '2']);
    expect(await problemsOf([path, own])).toEqual([]);
    const again = auditFile({ path });
    await again.close?.();
  });

  test('auditFile() - refuses a writer in another thread of the process', async () => {
    const first = auditFile({ path });
    const url = JSON.stringify(new URL('../../src/sinks/audit-file.ts', import.meta.url).href);
    const worker = new Worker(
      `import('tsx/esm/api').then(({ tsImport }) => tsImport(${url}, ${url})).then(({ auditFile }) => {
        try { auditFile({ path: ${JSON.stringify(path)} }); } catch (error) { require('node:worker_threads').parentPort.postMessage(error.message); }
      });`,
      { eval: true },
    );
    const said = await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    );
    expect(said).toContain(`is being written by this process, ${process.pid}.`);
    await worker.terminate();
    await first.close?.();
  });

  test('auditFile() - that a failing disk keeps from opening fails each emission until it can, and tells the gap', async () => {
    mkdirSync(`${path}.head`);
    const sink = auditFile({ path });
    await expect(sink(emissionOf(), callOf())).rejects.toMatchObject({ code: 'EISDIR' });
    (await import('node:fs')).rmdirSync(`${path}.head`);
    await sink(emissionOf(), callOf());
    await sink.close?.();
    expect(gapsIn(folder.text())).toMatchObject([{ reason: 'not_written', count: 1 }]);
  });

  test('auditFile() - tells diag what it mended', async () => {
    const sink = auditFile({ path });
    await sink(emissionOf(), callOf());
    await sink.close?.();
    writeFileSync(path, `${folder.text()}{"torn`);
    const warn = vi.fn();
    const global = globalThis as { [key: symbol]: unknown };
    const api = Symbol.for('opentelemetry.js.api.1');
    const before = global[api];
    global[api] = { ...(before as object), diag: { warn } };
    await auditFile({ path }).close?.();
    global[api] = before;
    expect(warn).toHaveBeenCalledWith(
      "signalbox: audit trail 'audit.jsonl': its last 6 bytes were no whole line, and are taken out: nothing that was acknowledged",
    );
  });

  test('auditFile() - tells the stacks of errors, unless it is told not to', async () => {
    const errors = {
      error: { type: 'RangeError', message: 'too far', stack: 'RangeError: too far\n    at lift' },
    };
    const failed = emissionOf(undefined, {}, { errors });
    for (const stack of [true, false]) {
      const sink = auditFile({ path, stack });
      await sink(failed, callOf());
      await sink.close?.();
    }
    const stacks = linesOf(folder.text()).map(
      ({ emission }) => (emission as { error_stack?: string }).error_stack,
    );
    expect(stacks).toEqual([errors.error.stack, undefined]);
  });

  test('auditFile() - signs with a secret and with a private key', async () => {
    const sink = auditFile({ path, key: { id: 'test', secret: 'k'.repeat(32) }, rotate: { maxLines: 1 } });
    await sink(emissionOf(), callOf());
    await sink(emissionOf(), callOf());
    await sink.close?.();
    expect(await problemsOf([`${path}.1`, path], KEYS)).toEqual([]);
    const other = auditFile({ path: folder.file('b.jsonl'), key: { id: 'b', privateKey: PRIVATE_KEY } });
    await other(emissionOf(), callOf());
    await other.close?.();
    expect(linesOf(folder.text('b.jsonl'))[0]).toMatchObject({
      key: 'b',
      sig: expect.stringMatching(/^[0-9a-f]{128}$/),
    });
  });

  test('auditFile() - in a box, with a field that a route reveals', async () => {
    const box = createSignalbox({ destinations: { audit: auditFile({ path }) } });
    box.info('hello');
    expect((await box.shutdown()).complete).toBe(true);
    expect(messagesIn(folder.text())).toEqual(['hello']);
  });

  test.each([
    [{}, /`path` is undefined. Give a file's path/],
    [{ path: 7 }, /`path` is 7. Give a file's path/],
    [{ path: 'x', mode: '600' }, /`mode` is '600'. Give a file's mode/],
    [{ path: 'x', stack: 1 }, /`stack` is 1. Use true or false/],
    [{ path: 'x', followLinks: 'yes' }, /`followLinks` is 'yes'. Use true or false/],
    [{ path: 'x', secondWriter: 'wait' }, /`secondWriter` is 'wait'. Use 'refuse' or 'own-file'/],
    [{ path: 'x', rotate: { size: 1 } }, /in `rotate`: there is no option 'size'/],
    [{ path: 'x', rotate: { maxBytes: 0 } }, /`rotate.maxBytes` is 0. Give a whole number from 1/],
    [{ path: 'x', key: { id: 'a b', secret: 'k'.repeat(32) } }, /`key.id` is 'a b'. Give 1 to 64/],
    [{ path: 'x', key: 'hunter2' }, /`key` is of type string \(not shown, for it may be a secret\)/],
    [{ path: 'x', key: { id: 'a' } }, /`key` needs a `secret` or a `privateKey`: one of them/],
    [{ path: 'x', key: { id: 'a', secret: 'hunter2' } }, /`key.secret` has 7 bytes. Give at least 32/],
    [{ path: 'x', key: { id: 'a', secret: 7 } }, /`key.secret` is of type number/],
    [
      { path: 'x', key: { id: 'a', privateKey: 'hunter2' } },
      /`key.privateKey` is no private key of the kind Ed25519/,
    ],
    [{ path: '/proc/version/audit.jsonl' }, /the folder .* can not be made \(ENOTDIR\)/],
    [{ path: '/dev/null' }, /is no regular file/],
  ])('auditFile() - refuses %j with a sentence', (options, message) => {
    expect(() => auditFile(options as never)).toThrow(SignalboxError);
    expect(() => auditFile(options as never)).toThrow(message);
    try {
      auditFile(options as never);
    } catch (error) {
      expect(String(error)).not.toContain('hunter2');
    }
  });

  test('auditFile() - refuses a path that is a folder', () => {
    expect(() => auditFile({ path: folder.path })).toThrow(
      `auditFile: the path '${folder.path}' is a folder.`,
    );
  });
});
