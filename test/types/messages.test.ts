import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

// What a person reads in the editor. Each case is one declaration; the prelude is common to all.
const PRELUDE = `
import { createSignalbox, defineSignal, field, nowhere, when } from 'signalbox';
const PAID = defineSignal('PAID', {
  fields: {
    job_id: field.id(),
    currency: field.oneOf(['EUR', 'USD']),
    amount: field.number(),
    user: field.optional(field.id({ sensitive: true })),
  },
});
const NONE = defineSignal('NONE');
const destinations = { alerts: nowhere, audit: nowhere };
const box = createSignalbox({ destinations });
const fields = { job_id: field.id(), template: field.string(), urgent: field.boolean(), size: field.int() };
`;

const PAID_VALUES = '{ job_id: string; currency: "EUR" | "USD"; amount: number; user?: string | undefined; }';

const CASES: readonly (readonly [what: string, code: string, message: string])[] = [
  [
    'a missing field',
    "box.emit(PAID, { job_id: 'a', currency: 'EUR' });",
    `Property 'amount' is missing in type '{ job_id: string; currency: "EUR"; }' but required in type '${PAID_VALUES}'.`,
  ],
  [
    'an unknown field',
    "box.emit(PAID, { job_id: 'a', currency: 'EUR', amuont: 1 });",
    `Object literal may only specify known properties, but 'amuont' does not exist in type '${PAID_VALUES}'. Did you mean to write 'amount'?`,
  ],
  [
    'a field of a signal without fields',
    'box.emit(NONE, { amount: 1 });',
    "Object literal may only specify known properties, and 'amount' does not exist in type 'NoFields'.",
  ],
  [
    'a value of the wrong type',
    "box.emit(PAID, { job_id: 'a', currency: 'EUR', amount: '1' });",
    "Type 'string' is not assignable to type 'number'.",
  ],
  [
    'a value that is not in the list',
    "box.emit(PAID, { job_id: 'a', currency: 'EURO', amount: 1 });",
    `Type '"EURO"' is not assignable to type '"EUR" | "USD"'. Did you mean '"EUR"'?`,
  ],
  [
    'a misspelt destination',
    "box.route({ signals: '*', to: 'alertz' });",
    `Type '"alertz"' is not assignable to type '"otel" | "alerts" | "audit" | readonly ("otel" | "alerts" | "audit")[]'. Did you mean '"alerts"'?`,
  ],
  [
    'an id as label',
    "defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', by: ['job_id'] }] });",
    `Type '"job_id"' is not assignable to type '"template" | "urgent"'.`,
  ],
  [
    'a misspelt label',
    "defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', by: ['templat'] }] });",
    `Type '"templat"' is not assignable to type '"template" | "urgent"'. Did you mean '"template"'?`,
  ],
  [
    'a label where none is possible',
    "defineSignal('SENT', { fields: { id: field.id() }, metrics: [{ type: 'counter', name: 'sent', by: ['id'] }] });",
    `Type '"id"' is not assignable to type '"no field of this signal can be a label"'.`,
  ],
  [
    'a text that is measured',
    "defineSignal('SENT', { fields, metrics: [{ type: 'gauge', name: 'sent', of: 'template' }] });",
    `Type '"template"' is not assignable to type '"size"'.`,
  ],
  [
    'a sensitive number that is measured',
    "defineSignal('SENT', { fields: { ...fields, pay: field.number({ sensitive: true }) }, metrics: [{ type: 'gauge', name: 'sent', of: 'pay' }] });",
    `Type '"pay"' is not assignable to type '"size"'.`,
  ],
  [
    'a measure where all numbers are sensitive',
    "defineSignal('SENT', { fields: { pay: field.int({ sensitive: true }) }, metrics: [{ type: 'gauge', name: 'sent', of: 'pay' }] });",
    `Type '"pay"' is not assignable to type '"no field of this signal can be measured"'.`,
  ],
  [
    'a histogram of nothing',
    "defineSignal('SENT', { fields, metrics: [{ type: 'histogram', name: 'sent' }] });",
    `Property 'of' is missing in type '{ type: "histogram"; name: string; }' but required in type 'HistogramDefinition<"template" | "urgent", "size">'.`,
  ],
  [
    'a misspelt `sensitive`',
    "field.string({ attribute: 'email.to', sensitiv: true });",
    "Object literal may only specify known properties, but 'sensitiv' does not exist in type 'FieldOptions<Sensitive>'. Did you mean to write 'sensitive'?",
  ],
  [
    'a condition on an unknown field',
    'when(PAID, (p) => p.amont > 1);',
    `Property 'amont' does not exist on type 'Readonly<${PAID_VALUES}>'. Did you mean 'amount'?`,
  ],
  [
    'a sensitive value in a message',
    "defineSignal('SENT', { fields: { pin: field.int({ sensitive: true }) }, message: (v) => v.pin.toPrecision(2) });",
    `Property 'toPrecision' does not exist on type '"[redacted]"'.`,
  ],
];

const HOVERS: readonly (readonly [name: string, type: string])[] = [
  ['PAID', `Signal<${PAID_VALUES}>`],
  ['NONE', 'Signal<{}>'],
  ['box', 'Signalbox<"otel" | "alerts" | "audit">'],
];

function compile(code: string): { readonly file: ts.SourceFile; readonly program: ts.Program } {
  const root = resolve(import.meta.dirname, '../..');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const name = join(root, 'messages-probe.ts');
  const host = ts.createCompilerHost(options);
  const source = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) =>
    path === name ? ts.createSourceFile(name, code, rest[0], true) : source(path, ...rest);
  const program = ts.createProgram([name], options, host);
  const file = program.getSourceFile(name);
  if (!file) throw new Error('the probe was not compiled');
  return { file, program };
}

/** In which order the compiler lists a union depends on what it saw before. */
function sorted(text: string): string {
  return text.replace(/"[^"]+"(?: \| "[^"]+")+/g, (union) => union.split(' | ').sort().join(' | '));
}

/** The last sentence of a diagnostic: the lines above it only repeat the types. */
function lastSentence(message: string | ts.DiagnosticMessageChain): string {
  if (typeof message === 'string') return message;
  const next = message.next?.[0];
  return next ? lastSentence(next) : message.messageText;
}

const prelude = PRELUDE.split('\n').length;
const { file, program } = compile(`${PRELUDE}\n${CASES.map(([, code]) => code).join('\n')}\n`);
const found = new Map<number, string[]>();
for (const diagnostic of program.getSemanticDiagnostics(file)) {
  const line = file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line - prelude;
  found.set(line, [...(found.get(line) ?? []), sorted(lastSentence(diagnostic.messageText))]);
}

describe('what the compiler says', () => {
  test.each(CASES.map(([what, , message], i) => ({ what, message, i })))('$what', ({ message, i }) => {
    expect(found.get(i)).toEqual([sorted(message)]);
  });

  test('nothing else', () => {
    expect([...found.keys()].sort((a, b) => a - b)).toEqual(CASES.map((_, i) => i));
  });
});

describe('what a hover says', () => {
  test.each(HOVERS)('%s', (name, type) => {
    const checker = program.getTypeChecker();
    const symbol = checker.getSymbolsInScope(file, ts.SymbolFlags.Variable).find((s) => s.name === name);
    if (!symbol) throw new Error(`${name} is not declared`);
    const text = checker.typeToString(
      checker.getTypeOfSymbolAtLocation(symbol, file),
      undefined,
      ts.TypeFormatFlags.NoTruncation,
    );
    expect(sorted(text)).toBe(sorted(type));
  });
});
