import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Emission, SinkFunction } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { auditFile, jsonLine } from 'signalbox/sinks';
import { LOG_ONLY, values } from './signals.js';

/** A way of writing lines to a file, and how many of them make a round. */
export interface LineWriter {
  readonly name: string;
  readonly lines: number;
  /** Writes the lines of a round; resolves once all are acknowledged. */
  write(lines: number): Promise<void>;
  close(): Promise<void>;
}

const NO_CALL = { signal: new AbortController().signal };

/** An emission as sinks are given it. */
export async function anEmission(): Promise<Emission> {
  let taken: Emission | undefined;
  const box = createSignalbox({
    destinations: {
      sink: (emission) => {
        taken = emission;
      },
    },
    routes: [{ signals: '*', to: 'sink' }],
  });
  box.emit(LOG_ONLY, values(1));
  await box.shutdown();
  if (!taken) throw new Error('nothing was emitted');
  return taken;
}

/** The least that a line which is on the disk can cost by itself. */
export function oneSyncALine(folder: string, emission: Emission): LineWriter {
  const fd = openSync(join(folder, 'one-sync.jsonl'), 'a');
  return {
    name: 'one sync a line, by hand',
    lines: 200,
    write: async (lines) => {
      for (let i = 0; i < lines; i++) {
        writeSync(fd, `${jsonLine(emission)}\n`);
        fdatasyncSync(fd);
      }
    },
    close: async () => closeSync(fd),
  };
}

/** As many at once as it takes. */
export function auditLines(folder: string, emission: Emission, key?: 'secret' | 'privateKey'): LineWriter {
  const signing = key === undefined ? undefined : KEYS[key];
  const path = join(folder, `audit-${key}.jsonl`);
  const audit: SinkFunction = auditFile({ path, ...(signing && { key: signing }) });
  const { inFlight = 1 } = audit as { readonly inFlight?: number };
  return {
    name: `auditFile${key === undefined ? '' : key === 'secret' ? ', HMAC-SHA-256' : ', Ed25519'}`,
    // A signature with Ed25519 takes four times as long as the line.
    lines: key === 'privateKey' ? 5_000 : 20_000,
    write: async (lines) => {
      let left = lines;
      const one = async (): Promise<void> => {
        while (left-- > 0) await audit(emission, NO_CALL);
      };
      await Promise.all(Array.from({ length: inFlight }, one));
    },
    close: async () => audit.close?.(),
  };
}

/** pino's file destination that writes at once; with `fsync` each line is forced to the disk too. */
export function pinoLines(folder: string, fsync: boolean): LineWriter {
  const dest = join(folder, `pino-${fsync}.jsonl`);
  const destination = pino.destination({ dest, sync: true, fsync });
  const log = pino({ level: 'info' }, destination).child({ component: 'bench' });
  return {
    name: `pino's file destination, sync${fsync ? ' and fsync' : ': nothing is forced to the disk'}`,
    lines: fsync ? 200 : 20_000,
    write: async (lines) => {
      for (let i = 0; i < lines; i++) log.info(values(i), 'Job done');
    },
    close: async () => destination.end(),
  };
}

// Made for this benchmark, and of no use elsewhere.
const KEYS = {
  secret: { id: 'bench', secret: 'a secret that is known to everybody' },
  privateKey: {
    id: 'bench',
    privateKey:
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n',
  },
};
