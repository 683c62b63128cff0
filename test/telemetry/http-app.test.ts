import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SpanKind } from '@opentelemetry/api';
import { expect, test } from 'vitest';

const run = promisify(execFile);

interface Told {
  readonly own: { readonly spans: readonly { readonly kind: number }[]; readonly logs: readonly string[] };
  readonly ours: object;
}

async function play(mode: 'without' | 'alone' | 'instrumentation'): Promise<Told> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', 'test/telemetry/http-app.ts', mode]);
  return JSON.parse(stdout) as Told;
}

test.each(['alone', 'instrumentation'] as const)(
  'an app with the HTTP instrumentation of OpenTelemetry, createSignalbox() by %s - its telemetry is what it was, and ours is there',
  async (mode) => {
    const [without, withBox] = await Promise.all([play('without'), play(mode)]);
    expect(without.own.spans.map(({ kind }) => kind)).toEqual([SpanKind.SERVER, SpanKind.CLIENT]);
    expect(without.ours).toEqual({ spans: [], logs: [] });
    expect(withBox.own).toEqual(without.own);
    // The enqueue is a child of the request that caused it.
    expect(withBox.ours).toEqual({ spans: [['enqueue receipt', SpanKind.SERVER]], logs: ['job.queued'] });
  },
);
