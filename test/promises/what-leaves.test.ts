import fc from 'fast-check';
import type { Field, RedactionPolicy } from 'signalbox';
import { defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { drop, keyedHash, lastFour, mask, redactPaths } from 'signalbox/redaction';
import { describe, expect, test } from 'vitest';
import { wrong } from '../support/misuse.js';
import type { Destination, Left } from './what-leaves.js';
import { DESTINATIONS, whatLeaves } from './what-leaves.js';

/** Where a text is found in what left. */
function foundIn(left: Left, text: string): string[] {
  // A console wraps nothing; JSON in JSON escapes quotes alone, of which the texts have none.
  return Object.entries(left)
    .filter(([, said]) => said.includes(text))
    .map(([where]) => where);
}

const POLICIES: Readonly<Record<string, true | RedactionPolicy>> = {
  true: true,
  drop,
  mask,
  lastFour,
  keyedHash: keyedHash({ key: 'k'.repeat(32), keyId: 'k1' }),
  failing: () => {
    throw new Error('a policy that fails');
  },
  late: wrong(() => Promise.reject(new Error('a policy that is late'))),
};

interface Secret {
  readonly kind: string;
  readonly make: (sensitive: never) => Field<unknown>;
  readonly value: unknown;
  /** What must not be found: all of it but the last four characters. */
  readonly heads: readonly string[];
  /** What is found at least where it is revealed. */
  readonly shown: string;
}

// Each field has its own number, so that no secret is a part of another.
const secretOf: Readonly<Record<string, (n: number) => Secret>> = {
  string: (n) => textual('string', (s) => field.string({ sensitive: s }), n),
  id: (n) => textual('id', (s) => field.id({ sensitive: s }), n),
  text: (n) => textual('text', (s) => field.text({ sensitive: s }), n),
  oneOf: (n) => textual('oneOf', (s) => field.oneOf([`fld-${n}-secretive-last`], { sensitive: s }), n),
  number: (n) => numeric('number', (s) => field.number({ sensitive: s }), n),
  int: (n) => numeric('int', (s) => field.int({ sensitive: s }), n),
  duration: (n) => numeric('duration', (s) => field.duration({ sensitive: s }), n),
  time: (n) => ({
    kind: 'time',
    make: (s) => field.time({ sensitive: s }),
    value: new Date(Date.UTC(2001 + n, 1, 3, 4, 5, 6, 789)),
    heads: [`${2001 + n}-02-03`],
    shown: `${2001 + n}-02-03`,
  }),
  list: (n) => ({
    ...textual('list', (s) => field.list({ sensitive: s }), n),
    value: [`fld-${n}-secretive-last`, `fld-${n}-secretive-more`],
  }),
  json: (n) => ({
    ...textual('json', (s) => field.json({ sensitive: s }), n),
    value: { a: [{ b: `fld-${n}-secretive-last` }], longer: 'than that' },
  }),
  error: (n) => ({
    ...textual('error', (s) => field.error({ sensitive: s }), n),
    value: Object.assign(
      new Error(`fld-${n}-secretive-last`, { cause: new Error(`fld-${n}-secretive-cause`) }),
      {
        code: `fld_${n}_secretive_last`,
      },
    ),
    heads: [`fld-${n}-secretive`, `fld_${n}_secretive`],
  }),
};

function textual(kind: string, make: Secret['make'], n: number): Secret {
  return {
    kind,
    make,
    value: `fld-${n}-secretive-last`,
    heads: [`fld-${n}-secretive`],
    shown: `fld-${n}-secretive`,
  };
}

function numeric(kind: string, make: Secret['make'], n: number): Secret {
  const digits = `${8123456700 + n}`;
  return { kind, make, value: Number(`${digits}0012`), heads: [digits], shown: digits };
}

const KINDS = Object.keys(secretOf);

describe('sensitive fields', () => {
  test.each(KINDS)(
    'field.%s() - leaves where a route reveals it and nowhere else, whatever its policy',
    async (kind) => {
      for (const [policy, sensitive] of Object.entries(POLICIES)) {
        const secret = secretOf[kind]?.(7) as Secret;
        for (const to of ['none', ...DESTINATIONS.filter((name) => name !== 'pretty')] as const) {
          if (to !== 'none' && policy !== 'true' && policy !== 'drop') continue;
          const left = await emitted([secret], [sensitive], to === 'none' ? [] : [{ to, reveal: ['f0'] }]);
          for (const head of secret.heads)
            expect(
              foundIn(left, head).filter((where) => where !== to),
              `${policy}, ${to}`,
            ).toEqual([]);
          if (to !== 'none') expect(left[to], `${policy}, ${to}`).toContain(secret.shown);
        }
      }
    },
    60_000,
  );

  test('a boolean leaves where a route reveals it and nowhere else', async () => {
    const secret = { ...textual('boolean', (s) => field.boolean({ sensitive: s }), 1), value: true };
    for (const sensitive of Object.values(POLICIES)) {
      const left = await emitted([secret], [sensitive], [{ to: 'audit', reveal: ['f0'] }]);
      expect(foundIn(left, '"f0":true')).toEqual(['audit']);
    }
  });

  test('by a bridge - the event on the span is redacted, also where a route reveals the record to the app’s own pipeline', async () => {
    for (const [policy, sensitive] of Object.entries(POLICIES)) {
      const secret = secretOf.text?.(1) as Secret;
      const left = await emitted([secret], [sensitive], [{ to: 'otel', reveal: ['f0'] }], 'bridge');
      expect(foundIn(left, 'fld-1-secretive'), policy).toEqual(['otel']);
      expect(left.spans, policy).toContain('"name":"leaving.secrets"');
    }
  });

  test('any kinds, policies and routes - what is not revealed to a destination is in nothing that leaves', async () => {
    const made = fc.array(
      fc.record({ kind: fc.constantFrom(...KINDS), policy: fc.constantFrom(...Object.keys(POLICIES)) }),
      { minLength: 1, maxLength: 4 },
    );
    const revealing = fc.array(
      fc.record({
        to: fc.constantFrom(...DESTINATIONS),
        reveal: fc.subarray(['f0', 'f1', 'f2', 'f3'], { minLength: 1 }),
      }),
      { maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(made, revealing, async (given, routes) => {
        // The convention has room for one error.
        const kinds = given.map(({ kind }, i) =>
          kind === 'error' && given.findIndex((other) => other.kind === 'error') < i ? 'text' : kind,
        );
        const secrets = kinds.map((kind, i) => secretOf[kind]?.(i) as Secret);
        const policies = given.map(({ policy }) => POLICIES[policy] as true | RedactionPolicy);
        const left = await emitted(secrets, policies, routes);
        secrets.forEach(({ heads, shown }, i) => {
          const mayShow = routes.filter(({ reveal }) => reveal.includes(`f${i}`)).map(({ to }) => to);
          for (const head of heads)
            expect(foundIn(left, head).filter((where) => !mayShow.includes(where as Destination))).toEqual(
              [],
            );
          for (const to of mayShow) if (to !== 'pretty') expect(left[to]).toContain(shown);
        });
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});

/** One signal of these fields, emitted to everything, with these routes beside. Its message tells all that it is given. */
function emitted(
  secrets: readonly Secret[],
  policies: readonly (true | RedactionPolicy)[],
  revealing: readonly { readonly to: Destination; readonly reveal: readonly string[] }[],
  spanEvents: 'direct' | 'bridge' = 'direct',
): Promise<Left> {
  const fields = Object.fromEntries(secrets.map(({ make }, i) => [`f${i}`, make(wrong(policies[i]))]));
  const SIGNAL = defineSignal('LEAVING_SECRETS', {
    fields,
    message: (values) => JSON.stringify(values),
    metrics: [{ type: 'counter', name: 'leaving.secrets' }],
  });
  const values = Object.fromEntries(secrets.map(({ value }, i) => [`f${i}`, value]));
  const routes = [
    { signals: 'LEAVING_SECRETS', to: DESTINATIONS },
    ...revealing.map((r) => ({ ...r, signals: '*' })),
  ];
  return whatLeaves({ spanEvents }, routes, (box) => {
    box.emit(SIGNAL, wrong(values));
    box.emit(SIGNAL, wrong(values), { severity: 'error' });
  });
}

describe('texts', () => {
  const SECRET = 'txt-secretive';
  const hook = (text: string): string =>
    text.replaceAll(SECRET, '[gone]').replaceAll('TXT_SECRETIVE', 'GONE');
  const thrown = (): Error =>
    Object.assign(
      new AggregateError([new Error(`one of them: ${SECRET}`)], `it failed of ${SECRET}`, {
        cause: new Error(`because of ${SECRET}`, { cause: `a text: ${SECRET}` }),
      }),
      { code: 'TXT_SECRETIVE' },
    );
  const COMPOSED = defineSignal('LEAVING_COMPOSED', {
    fields: { what: field.error() },
    message: () => `composed of ${SECRET}`,
  });
  const CONSTANT = defineSignal('LEAVING_CONSTANT', { message: `a constant of ${SECRET}` });

  test('what redactText takes out is in nothing that leaves: messages, errors, causes, stacks, span status, diag', async () => {
    const left = await whatLeaves({ redactText: hook }, [{ signals: '*', to: DESTINATIONS }], async (box) => {
      box.info(`plain ${SECRET}`);
      box.error(thrown());
      box.error(`failed ${SECRET}`, thrown());
      box.warn('several', { first: thrown(), second: thrown() });
      box.emit(COMPOSED, { what: thrown() });
      box.emit(COMPOSED, { what: `a text: ${SECRET}` }, { message: `given ${SECRET}` });
      box.emit(CONSTANT);
      const queue = createJobs(box, { exceptionEvents: true }).queue('leaving');
      queue.attempt({ job: { id: '1' }, number: 1 }).failed(thrown(), { retry: true });
      queue
        .attempt({ job: { id: '1' }, number: 2 })
        .failed(thrown(), { retry: false, reason: 'max_attempts' });
      queue.enqueue({ id: '2' }).rejected('error', { error: thrown() });
      queue.abandoned({ id: '3' }, { reason: 'expired', error: thrown() });
      await queue
        .process(
          { job: { id: '4' }, number: 1 },
          () => Promise.reject(thrown()),
          () => ({ retry: true }),
        )
        .catch(() => undefined);
    });
    for (const text of [SECRET, 'TXT_SECRETIVE']) expect(foundIn(left, text)).toEqual([]);
    // It is not for want of anything to find.
    for (const name of DESTINATIONS) expect(left[name], name).toContain('[gone]');
    expect(left.spans).toContain('"message":"it failed of [gone]"');
    expect(left.diag).toContain('[gone]');
    expect(left.metrics).toContain('GONE');
  });

  test.each([
    ['throws', () => JSON.parse(`{ ${SECRET}`)],
    ['gives what is no text', () => ({ text: SECRET })],
    ['gives a promise', () => Promise.reject(new Error(SECRET))],
  ])('where redactText %s, no text leaves, and that is counted', async (_, redactText) => {
    let withheld = 0;
    const left = await whatLeaves(
      { redactText: wrong(redactText) },
      [{ signals: '*', to: DESTINATIONS }],
      (box) => {
        box.info(`plain ${SECRET}`);
        box.error(`failed ${SECRET}`, thrown());
        box.emit(COMPOSED, { what: thrown() });
        createJobs(box)
          .queue('leaving')
          .attempt({ job: { id: '1' }, number: 1 })
          .failed(thrown(), { retry: true });
        withheld = box.stats().values.withheld;
      },
    );
    for (const text of [SECRET, 'TXT_SECRETIVE']) expect(foundIn(left, text)).toEqual([]);
    expect(left.sink).toContain('"message":"[redacted]"');
    expect(withheld).toBeGreaterThan(5);
    expect(left.diag).toContain('redactText');
  });

  test('without a redactText the texts do leave, and diag is told none of what a sink threw', async () => {
    const left = await whatLeaves({}, [{ signals: '*', to: DESTINATIONS }], (box) => {
      box.info(`plain ${SECRET}`);
      box.emit(COMPOSED, { what: thrown() });
    });
    expect(foundIn(left, SECRET).sort()).toEqual([...DESTINATIONS, 'spans'].sort());
  });
});

describe('plain level records', () => {
  const SECRET = 'val-secretive';
  const redact = redactPaths({
    password: true,
    'user.*.token': drop,
    'headers["set-cookie"]': mask,
    '*.card': lastFour,
    'err.message': true,
    'deep[*].list[*].key': true,
    error: true,
  });
  const secret = fc.constant(`${SECRET}-0001`);
  const plain = fc.constantFrom<unknown>('plain', 5, null, ['plain']);
  const record = fc.record(
    {
      password: fc.oneof(secret, fc.array(secret), fc.dictionary(fc.string(), secret)),
      user: fc.dictionary(
        fc.string().filter((name) => !name.includes('.')),
        fc.record({ token: secret, name: plain }),
        { maxKeys: 3 },
      ),
      'user.ann.token': secret,
      headers: fc.record({ 'set-cookie': fc.oneof(secret, fc.array(secret)), accept: plain }),
      payment: fc.record({ card: secret, amount: plain }),
      other: fc.record({ card: fc.array(secret) }),
      err: secret.map((text) => new TypeError(text, { cause: new Error(text) })),
      deep: fc.array(fc.record({ list: fc.array(fc.record({ key: secret }), { maxLength: 3 }) }), {
        maxLength: 3,
      }),
      left: plain,
    },
    { requiredKeys: [] },
  );

  test('what paths lead to is in nothing that leaves, and the app’s own values stay as they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 3 }), async (records) => {
        const before = records.map((given) => JSON.stringify(given));
        const left = await whatLeaves({ redact }, [{ signals: '*', to: DESTINATIONS }], (box) => {
          for (const given of records) box.info('plain', given);
          box.error(new Error(`${SECRET}-0001`));
          box.error('failed', new Error(`${SECRET}-0001`));
        });
        expect(foundIn(left, SECRET)).toEqual([]);
        expect(records.map((given) => JSON.stringify(given))).toEqual(before);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  test('a hook of the app that fails has the value withheld, counted and told, never let out', async () => {
    for (const hook of [() => JSON.parse(`{ ${SECRET}`), () => Promise.reject(new Error(SECRET))]) {
      let withheld = 0;
      const left = await whatLeaves({ redact: wrong(hook) }, [{ signals: '*', to: DESTINATIONS }], (box) => {
        box.info('plain', { password: SECRET });
        withheld = box.stats().values.withheld;
      });
      expect(foundIn(left, SECRET)).toEqual([]);
      expect(withheld).toBe(1);
      expect(left.diag).toMatch(/^signalbox: redact (threw|gave a promise)/m);
    }
  });
});
