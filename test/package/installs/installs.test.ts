import { describe, expect, test } from 'vitest';
import { App } from '../support/app.js';
import { packed } from '../support/packed.js';

const { tarball } = packed();
const API = '@opentelemetry/api';
const AT_ROOT = `node_modules/${API}`;

/** What apps have when signalbox comes in; `api` is the version at the root, where that is known for sure. */
const BESIDE: readonly { readonly name: string; readonly has: readonly string[]; readonly api?: RegExp }[] = [
  { name: 'bullmq-4', has: ['bullmq@4.18.3'] },
  { name: 'bullmq-5', has: ['bullmq@5.81.5', `${API}@1.9.0`], api: /^1\.9\.0$/ },
  { name: 'pg-boss-10', has: ['pg-boss@10.4.2'] },
  { name: 'graphile-worker-0.15', has: ['graphile-worker@0.15.1'] },
  { name: 'graphile-worker-candidate', has: ['graphile-worker@0.17.0-rc.0'] },
  {
    name: 'honeycomb',
    has: ['@honeycombio/opentelemetry-node@0.7.2', `${API}@1.8.0`],
    api: /^1\.8\.0$/,
  },
  { name: 'dd-trace', has: ['dd-trace@6.21.0'], api: /^1\./ },
];

/** Uses the package, with the app's own copy of the api where it has one. */
const USES = `
import { createSignalbox } from 'signalbox';
const box = createSignalbox();
box.info('hello');
await box.shutdown();
console.log(JSON.stringify(Object.keys(box.stats()).length > 0));
process.exit();
`;

describe('npm install signalbox', () => {
  test.each(BESIDE)(
    'beside $has - needs no flag, and leaves every copy of the api where it was',
    async ({ name, has, api }) => {
      const app = new App(name);
      await app.install(...has);
      const before = app.copiesOf(API);
      if (api) expect(before[AT_ROOT]).toMatch(api);
      await app.install(tarball);
      await app.check();
      expect(app.copiesOf(API)).toEqual(before);
      expect(Object.keys(app.copiesOf('signalbox'))).toEqual(['node_modules/signalbox']);
      expect(await app.run(USES)).toBe(true);
    },
  );

  test('alone - brings nothing else', async () => {
    const app = new App('alone');
    await app.install(tarball);
    await app.check();
    expect(app.copiesOf(API)).toEqual({});
    expect(await app.run(USES)).toBe(true);
  });
});
