import { createSignalbox } from 'signalbox';
import { disabledPino } from '../cases/pino.js';
import type { Values } from '../cases/signals.js';
import { FULL, values } from '../cases/signals.js';
import { ratioRow } from './ratio-row.js';
import type { Row } from './row.js';

/** Where the app keeps what it works with: fields that nobody else sees would not be built at all by an optimizing compiler. */
const kept: (Values | undefined)[] = new Array(64).fill(undefined);

// The loops are written out: one function for all three would make their calls polymorphic, as they are in no app.
export const row: Row = ratioRow({
  id: 'unrouted',
  what: 'a signal that no route takes, against a call of pino below its level with the same fields',
  must: 2,
  aim: 1,
  ours: true,
  prepare: () => {
    const box = createSignalbox({ routes: [{ signals: 'SOMETHING_ELSE', to: 'otel' }] });
    const log = disabledPino();
    return {
      against: {
        name: 'pino below its level',
        run: (times) => {
          for (let i = 0; i < times; i++) {
            const fields = values(i);
            kept[i & 63] = fields;
            log.info(fields, 'Job done');
          }
        },
      },
      own: {
        name: 'emit, no route takes it',
        run: (times) => {
          for (let i = 0; i < times; i++) {
            const fields = values(i);
            kept[i & 63] = fields;
            box.emit(FULL, fields);
          }
        },
      },
      beside: [
        {
          name: 'the fields alone',
          run: (times) => {
            for (let i = 0; i < times; i++) kept[i & 63] = values(i);
          },
        },
      ],
    };
  },
});
