import { afterAll, beforeAll, expect, test } from 'vitest';
import { APP, BuiltCli } from './built-cli.js';

const cli = new BuiltCli();

beforeAll(() => cli.build(), 120_000);
afterAll(() => cli.remove());

/** An app that emits secrets in all ways, to a sink that is shown them and throws them. */
const SECRETIVE = `${APP}
import { defineSignal, field } from './index.mjs';
import { lastFour, redactPaths } from './redaction.mjs';
const PAID = defineSignal('PAID', {
  fields: { card: field.id({ sensitive: lastFour }), user: field.text({ sensitive: true }), cause: field.error({ sensitive: true }) },
});
start();
const own = createSignalbox({
  destinations: { failing: (emission) => { throw new Error(JSON.stringify(emission.fields)); } },
  routes: [
    { signals: '*', to: 'otel' },
    { signals: 'PAID', to: 'failing', reveal: ['card', 'user', 'cause'] },
    { signals: 'INFO', to: 'failing' },
  ],
  redact: redactPaths(['password', '*.token']),
  redactText: (text) => text.replaceAll(/secretive-\\w+/g, '[gone]'),
});
const thrown = () => new Error('of secretive-message', { cause: new Error('of secretive-cause') });
own.emit(PAID, { card: 'secretive-card-0001', user: 'secretive-user', cause: thrown() });
own.info('of secretive-text', { password: 'secretive-password', user: { token: 'secretive-token' } });
own.error(thrown());
createJobs(own).queue('mail').attempt({ job: { id: '1' }, number: 1 }).failed(thrown(), { retry: true });
await own.forceFlush();
console.log('FAILED ' + own.stats().destinations.failing.channels.sink.failed);
`;

test('doctor - prints none of the secrets of an app', async () => {
  const { said } = await cli.doctor(SECRETIVE);
  expect(said).toContain('FAILED 2');
  expect(said).toMatch(/^ok {4}logs: the test signal arrived/m);
  expect(said).not.toContain('secretive');
});
