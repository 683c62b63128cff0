import { describe, expect, test } from 'vitest';
import { readMetadata, writeMetadata } from '../../../src/adapters/bullmq/job-carrier.js';

const CARRIER = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
const AT = 1_790_000_000_123;

describe('metadata', () => {
  test.each([
    [{ waitsForChildren: false }, undefined],
    [{ waitsForChildren: true, unique: 'some-uuid' }, undefined],
    [{ waitsForChildren: true, at: AT }, AT],
    [{ waitsForChildren: false, unique: 'some-uuid', at: AT + 0.4 }, AT],
  ])('readMetadata() - reads what was written: %j', (note, enqueuedAt) => {
    expect(readMetadata(writeMetadata(CARRIER, note))).toEqual({
      carrier: CARRIER,
      ours: true,
      waitsForChildren: note.waitsForChildren,
      enqueuedAt,
    });
  });

  test.each([
    ['job', false],
    ['parent', true],
    ['job 0b8ad5d0-9a5a-4a07-8a3f-3d0c5a1f4a11', false],
    ['parent 0b8ad5d0-9a5a-4a07-8a3f-3d0c5a1f4a11', true],
  ])('readMetadata() - reads the note of version 0.1: %s', (signalbox, waitsForChildren) => {
    const metadata = JSON.stringify({ ...CARRIER, signalbox });
    expect(readMetadata(metadata)).toEqual({
      carrier: CARRIER,
      ours: true,
      waitsForChildren,
      enqueuedAt: undefined,
    });
  });

  test('writeMetadata() - a carrier that says nothing, and one that has our key, leave our note as it is', () => {
    const noted = { waitsForChildren: true, unique: 'u-1', at: 1.4 };
    for (const carrier of [{}, { signalbox: 'job' }, { traceparent: '"}', signalbox: 'job' }]) {
      const { signalbox, ...rest } = JSON.parse(writeMetadata(carrier, noted)) as Record<string, string>;
      expect(signalbox).toBe('parent u-1 at=1');
      expect({ ...rest, signalbox: 'job' }).toEqual({ signalbox: 'job', ...carrier });
    }
  });

  test('writeMetadata() - version 0.1 finds its kind where it looks for it', () => {
    const { signalbox } = JSON.parse(writeMetadata(CARRIER, { waitsForChildren: true, unique: 'u', at: AT }));
    expect(signalbox.startsWith('parent')).toBe(true);
  });

  test.each(['job at=', 'job at=soon', 'job at=-5', 'job xat=5', `job at=${'9'.repeat(16)}`])(
    'readMetadata() - a moment that is none is not read: %s',
    (signalbox) => {
      expect(readMetadata(JSON.stringify({ signalbox })).enqueuedAt).toBeUndefined();
    },
  );
});
