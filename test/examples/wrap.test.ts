import { styleText } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPaint } from '../../examples/job-queue/paint.js';
import { table } from '../../examples/job-queue/table.js';
import { clipped, columnsOf, wrapped } from '../../examples/job-queue/wrap.js';

const red = (text: string): string => styleText('red', text, { validateStream: false });

describe('clipped', () => {
  test('clipped() - leaves a text that fits, and puts a … for what does not', () => {
    expect(clipped('queue', 5)).toBe('queue');
    expect(clipped('queues', 5)).toBe('queu…');
  });

  test('clipped() - counts no columns for colours, and ends a colour that it cuts', () => {
    expect(clipped(red('queue'), 5)).toBe(red('queue'));
    expect(clipped(`a ${red('queue')} of jobs`, 5)).toBe(`a ${red('qu…')}`);
  });
});

describe('wrapped', () => {
  test('wrapped() - breaks between words, and begins further lines with the indent', () => {
    expect(wrapped('  the audit trail is here', 12, 2)).toEqual(['  the audit', '    trail is', '    here']);
  });

  test('wrapped() - keeps an address whole, on a line of its own', () => {
    const url = 'http://localhost:16686/trace/4a54';
    expect(wrapped(`a job: ${url}`, 20, 2)).toEqual(['a job:', url]);
  });

  test('wrapped() - loses no word, and makes no line too wide that has more than one', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '─'), minLength: 1, maxLength: 12 }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 4, max: 30 }), (given, columns) => {
        const lines = wrapped(given.join(' '), columns, 2);
        expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(given);
        for (const line of lines) {
          if (line.trim().includes(' ')) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
        }
      }),
    );
  });
});

describe('table', () => {
  const terminal = (columns: number) =>
    createPaint({ isTTY: true, columns } as NodeJS.WriteStream, { NO_COLOR: '1' });
  const head = ['type', 'accepted', 'rejected', 'attempts', 'completed'];
  const rows = [
    ['email', 7, 0, 7, 1200],
    ['report', 12, 1, 14, 11],
  ];

  test('table() - stands in one piece where there is room', () => {
    expect(table(head, rows, 1, terminal(60))).toEqual([
      '  type    accepted  rejected  attempts  completed',
      '  email          7         –         7      1,200',
      '  report        12         1        14         11',
    ]);
  });

  test('table() - puts columns without room below, behind the key again', () => {
    expect(table(head, rows, 1, terminal(42))).toEqual([
      '  type    accepted  rejected  attempts',
      '  email          7         –         7',
      '  report        12         1        14',
      '',
      '  type    completed',
      '  email       1,200',
      '  report         11',
    ]);
  });
});
