import type { Logger } from 'pino';
import { pino } from 'pino';
import type { Case } from '../harness.js';
import { inSpans, values } from './signals.js';

/** A line of JSON with the fields of a signal, as apps log with pino: level info, a child for the part of the app. */
export function pinoLines(way: 'sync' | 'async'): Case {
  const destination = pino.destination(
    way === 'sync' ? { dest: '/dev/null', sync: true } : { dest: '/dev/null', sync: false, minLength: 4096 },
  );
  const log = pino({ level: 'info' }, destination).child({ component: 'bench' });
  return {
    name: `a line of pino to /dev/null, ${way}`,
    run: (times) => inSpans(times, (i) => log.info(values(i), 'Job done')),
    settle: async () => {
      if (way === 'async') await new Promise<void>((done) => destination.flush(() => done()));
      else await new Promise(setImmediate);
    },
  };
}

/** Its calls of `info` do nothing. */
export function disabledPino(): Logger {
  return pino({ level: 'warn' }, pino.destination('/dev/null')).child({ component: 'bench' });
}
