import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { RouteData } from 'signalbox';
import { createSignalbox, SignalboxError } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeptLogs } from '../sdk/helpers.js';
import { recordDiag, resetOtel } from '../support/otel.js';

const schema = JSON.parse(readFileSync('routes.schema.json', 'utf8'));
const isValid = new Ajv2020().compile(schema);

beforeEach(() => void recordDiag());
afterEach(resetOtel);

// Of names alone the schema does not know whether they exist: these are destinations, and no signals of the box.
const DESTINATIONS = ['otel', 'second'];

function isAccepted(routes: unknown): boolean {
  const box = createSignalbox({ destinations: { second: exporters({ logs: new KeptLogs() }) } });
  try {
    box.setRoutes(routes as readonly RouteData[]);
    return true;
  } catch (error) {
    if (error instanceof SignalboxError) return false;
    throw error;
  }
}

const odd = fc.constantFrom<unknown>(null, true, 5, '', {}, [], [null], ['']);
const oneOrMore = (name: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: name, weight: 3 }, { arbitrary: fc.array(name, { maxLength: 3 }), weight: 3 }, odd);
const name = fc.constantFrom('*', 'JOB_*', 'SCHEMA_NO_SUCH', 'a b', '');
const to = fc.constantFrom(...DESTINATIONS);
const field = fc.constantFrom('user', '$x', '_', 'a b', '1a', '__proto__', 'constructor', '');
const channel = fc.constantFrom('logs', 'spanEvents', 'metrics', 'spans', 'sink');
const severity = fc.constantFrom(
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'fatal',
  'warning',
  'constructor',
);

const route = fc.record(
  {
    signals: oneOrMore(name),
    minSeverity: fc.oneof({ arbitrary: severity, weight: 3 }, odd),
    except: oneOrMore(name),
    channels: oneOrMore(channel),
    to: fc.oneof({ arbitrary: to, weight: 3 }, { arbitrary: fc.array(to, { maxLength: 2 }), weight: 3 }, odd),
    reveal: oneOrMore(field),
    signal: fc.constant('*'),
    __proto__: fc.constant(1),
  },
  { requiredKeys: [] },
);
const mostlyRight = fc.record(
  {
    signals: fc.oneof(fc.constant('*'), fc.array(name, { minLength: 1, maxLength: 2 })),
    minSeverity: severity,
    except: fc.array(name, { maxLength: 1 }),
    channels: fc.array(channel, { minLength: 1, maxLength: 2 }),
    to: fc.oneof(to, fc.array(to, { minLength: 1, maxLength: 2 })),
    reveal: fc.array(field, { maxLength: 2 }),
  },
  { requiredKeys: ['to', 'signals'] },
);
const routes = fc.oneof(
  { arbitrary: fc.array(mostlyRight, { maxLength: 3 }), weight: 3 },
  { arbitrary: fc.array(fc.oneof(route, mostlyRight, odd), { maxLength: 3 }), weight: 3 },
  odd,
  fc.json().map((text) => JSON.parse(text)),
);

describe('routes.schema.json', () => {
  test('routes.schema.json - accepts what setRoutes() accepts, and refuses what it refuses', () => {
    let accepted = 0;
    fc.assert(
      fc.property(routes, (made) => {
        // As JSON has it.
        const data: unknown = JSON.parse(JSON.stringify(made));
        const valid = isValid(data);
        if (valid) accepted++;
        expect(isAccepted(data), JSON.stringify(data)).toBe(valid);
      }),
      { numRuns: 1_500 },
    );
    // Neither of the two sides is for show.
    expect(accepted).toBeGreaterThan(150);
    expect(accepted).toBeLessThan(1_350);
  });

  test('routes.schema.json - says what each part is, and names no part that a route has not', () => {
    const { properties } = schema.$defs.route as { properties: Record<string, { description?: string }> };
    const parts: Record<keyof RouteData, true> = {
      signals: true,
      minSeverity: true,
      except: true,
      channels: true,
      to: true,
      reveal: true,
    };
    expect(Object.keys(properties)).toEqual(Object.keys(parts));
    for (const part of Object.values(properties)) expect(part.description).toBeTypeOf('string');
  });

  test('routes.schema.json - is a part of the package, by its name', () => {
    const { exports, files } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(exports['./routes.schema.json']).toBe('./routes.schema.json');
    expect(files).toContain('routes.schema.json');
  });
});
