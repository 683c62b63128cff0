import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APP, BuiltCli } from './built-cli.js';

const cli = new BuiltCli();

beforeAll(() => cli.build(), 120_000);
afterAll(() => cli.remove());

describe('doctor - apps', () => {
  test('doctor - looks at an app that runs on, and stops it', async () => {
    const { code, said } = await cli.doctor(
      `${APP} start(); setInterval(() => {}, 1_000); process.on('SIGTERM', () => { console.log('told to end'); process.exit(0); });`,
      [],
      ['--seconds', '2'],
    );
    expect(said).toContain('told to end');
    expect(said).toContain('The doctor had seen enough and stopped the app, which ended with exit code 0.');
    expect(said).toContain('All is well.');
    expect(code).toBe(0);
  });

  test('doctor - stops an app beneath a shell that hands no signal on, too', async () => {
    const inner = cli.write(
      'beneath.mjs',
      `${APP} start(); console.log('PID ' + process.pid); setInterval(() => {}, 1_000);`,
    );
    const command = `"${process.execPath}" "${inner}"; true`;
    const { said } = await cli.run('doctor', '--seconds', '2', '--', 'sh', '-c', command);
    const pid = Number(/^PID (\d+)$/m.exec(said)?.[1]);
    expect(pid).toBeGreaterThan(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('doctor - that is told to end stops the app, and leaves no folder', async () => {
    const { said } = await cli.doctor(
      `${APP} start();
const { folder } = JSON.parse(process.env.__SIGNALBOX_DOCTOR);
process.on('SIGTERM', () => { console.log('told to end; FOLDER ' + folder); process.exit(0); });
setInterval(() => {}, 1_000);
process.kill(process.ppid, 'SIGTERM');`,
      [],
      ['--seconds', '60'],
    );
    expect(said).toContain('told to end');
    const folder = /FOLDER (.*)$/m.exec(said)?.[1] ?? '';
    expect(folder).toContain('signalbox-doctor-');
    expect(existsSync(folder)).toBe(false);
  });

  test("doctor - tells the app's own exit code, which is no finding", async () => {
    const { code, said } = await cli.doctor(`${APP} start(); process.exitCode = 7;`);
    expect(said).toContain('The app ended with exit code 7.');
    expect(said).toContain('All is well.');
    expect(code).toBe(0);
  });

  test('doctor - says that it does not know where the app ended before the test signal, or shut its SDK down', async () => {
    const exited = await cli.doctor(`${APP} start(); process.exit(0);`);
    expect(exited.said).toMatch(
      /^\? {5}spans: the process ended before the doctor's test signal: not known/m,
    );
    const shut = await cli.doctor(`${APP} await start().shutdown();`);
    expect(shut.said).toMatch(/^\? {5}spans: shut down before the doctor's test signal: not known/m);
    for (const { said, code } of [exited, shut]) {
      expect(said).toContain('Nothing wrong was found, but some checks have no result.');
      expect(code).toBe(0);
    }
  });

  test('doctor - gives its test signal before an app that shuts its SDK down in the end does so', async () => {
    const { code, said } = await cli.doctor(
      `${APP} const sdk = start();
const arrived = () => toSpans._exporter.getFinishedSpans().some(({ name }) => name === 'signalbox.doctor');
for (let i = 0; i < 500 && !arrived(); i++) await pause(20);
await pause(200);
await sdk.shutdown();`,
    );
    expect(said).toMatch(/^ok {4}spans: the test signal arrived/m);
    expect(code).toBe(0);
  });

  test('doctor - leaves the app as it is: arguments, NODE_OPTIONS, output, and the exporters afterwards', async () => {
    process.env.OF_THE_APP = 'its own';
    const { said } = await cli.doctor(
      `${APP} start();
const { export: before } = Object.getPrototypeOf(toSpans._exporter);
for (let i = 0; i < 500 && toSpans._exporter.getFinishedSpans().length === 0; i++) await pause(20);
for (let i = 0; i < 500 && Object.hasOwn(toSpans._exporter, 'export'); i++) await pause(20);
console.log(JSON.stringify({
  given: process.argv.slice(2), env: process.env.OF_THE_APP, errors: process.listenerCount('uncaughtException'),
  same: toSpans._exporter.export === before, own: Object.hasOwn(toSpans._exporter, 'export'),
}));`,
      ['--port', '3'],
    );
    delete process.env.OF_THE_APP;
    expect(said).toContain('{"given":["--port","3"],"env":"its own","errors":0,"same":true,"own":false}');
  });

  test('doctor - looks into the process that a script starts, too', async () => {
    const inner = cli.write('inner.mjs', `${APP} start();`);
    const { code, said } = await cli.doctor(`
import { spawnSync } from 'node:child_process';
process.exitCode = spawnSync(process.execPath, [${JSON.stringify(inner)}], { stdio: 'inherit' }).status;`);
    expect(said).toContain('All is well.');
    expect(said).not.toContain('no SDK was loaded');
    expect(code).toBe(0);
  });

  test.each([
    ['with telemetry', `${APP} start(); setInterval(() => {}, 1_000);`, 'All is well.', 0],
    ['without any', 'setInterval(() => {}, 1_000);', 'no SDK was loaded', 1],
  ])('doctor - tells of the app %s that `npm start` starts, and not of npm', async (_, body, tells, ends) => {
    const { code, said } = await cli.runIn(
      cli.appByNpm(body),
      ...['doctor', '--seconds', '2', '--', 'npm', 'start'],
    );
    expect(said).toContain(tells);
    expect(said).not.toMatch(/^process \d+:/m);
    expect(code).toBe(ends);
  });

  test('doctor - waits for the app that a package manager starts late, and leaves no process behind', async () => {
    const inner = cli.write('late.mjs', "console.log('PID ' + process.pid); setInterval(() => {}, 1_000);");
    const manager = cli.write(
      'manager/npm-cli.js',
      `const { existsSync } = require('node:fs');
const { folder } = JSON.parse(process.env.__SIGNALBOX_DOCTOR);
const looking = setInterval(() => {
  if (!existsSync(folder + '/' + process.pid + '.running')) return;
  clearInterval(looking);
  setTimeout(() => require('node:child_process').spawn(process.execPath, [${JSON.stringify(inner)}], { stdio: 'inherit' }), 300);
}, 20);`,
    );
    const { code, said } = await cli.run('doctor', '--seconds', '1', '--', process.execPath, manager);
    expect(said).toContain('no SDK was loaded');
    expect(code).toBe(1);
    const pid = Number(/^PID (\d+)$/m.exec(said)?.[1]);
    expect(pid).toBeGreaterThan(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('doctor - says what is wrong with a command that is no program of Node.js, or none at all', async () => {
    const other = await cli.run('doctor', '--', 'true');
    expect(other.said).toMatch(/^wrong true: no Node\.js process reported anything$/m);
    expect(other.code).toBe(1);
    const none = await cli.run('doctor', '--', 'no-such-program-there-is');
    expect(none.said).toContain('signalbox doctor: spawn no-such-program-there-is ENOENT');
    expect(none.code).toBe(2);
  });
});

describe('doctor - engines', () => {
  test('doctor - tells of an engine that is loaded, with its version and folder', async () => {
    const { said } = await cli.doctor(`import 'bullmq'; ${APP} start();`);
    expect(said).toMatch(/^ok {4}bullmq \d+\.\d+\.\d+: .*node_modules\/bullmq$/m);
    expect(said).not.toContain('bundled');
  });

  test.each(['bullmq', 'pg-boss', 'graphile-worker'])(
    'doctor - finds %s in a minified bundle, with the fix',
    async (engine) => {
      const entry = cli.write(
        `${engine}-entry.mjs`,
        `import * as engine from '${engine}'; console.log(Object.keys(engine).length > 0);`,
      );
      const bundle = entry.replace('-entry.mjs', '-bundle.cjs');
      await build({
        entryPoints: [entry],
        outfile: bundle,
        bundle: true,
        minify: true,
        platform: 'node',
        logLevel: 'silent',
        define: { 'import.meta.url': '"file:///bundle.cjs"' },
      });
      const { said, code } = await cli.run('doctor', '--', process.execPath, bundle);
      expect(said).toContain(
        `wrong ${engine}: is bundled into ${bundle}: no instrumentation sees it loaded there`,
      );
      const fixes = {
        bullmq: 'observeClasses(box, { Queue, Worker, FlowProducer })',
        'pg-boss': 'pgBossJobs(box).classes(pgBoss)',
        'graphile-worker': 'graphileJobs(box)',
      };
      expect(said).toContain(fixes[engine as keyof typeof fixes]);
      expect(code).toBe(1);
    },
  );
});

describe('doctor - the command line', () => {
  test('doctor --endpoint - asks the address, and ends with 1 where something is wrong', async () => {
    // A port that was free a moment ago.
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const { code, said } = await cli.run('doctor', '--endpoint', `http://127.0.0.1:${port}`);
    expect(said).toMatch(
      /^wrong http:\/\/127\.0\.0\.1:\d+: nothing takes connections at 127\.0\.0\.1, port \d+$/m,
    );
    expect(code).toBe(1);
  });
});
