// A process that works until its standard input ends.
import { engines } from '../engines/index.js';
import type { Fact } from '../facts.js';
import { Notes } from '../notes.js';
import { handlerOf } from './handler.js';
import { noteLateness } from './note-lateness.js';
import { filesOf, readOrder } from './order.js';
import { startTelemetry } from './telemetry.js';
import { workNotes } from './work-notes.js';

const order = readOrder();
const ledger = new Notes<Fact>(filesOf(order.directory, order.name).ledger);
noteLateness(ledger);
const telemetry = startTelemetry(order);
const notes = workNotes(ledger);
const engine = engines[order.engine];
const working = await engine.work(telemetry.box, order.store, handlerOf(ledger), notes);
console.log('ready');

process.stdin.resume();
process.stdin.once('end', async () => {
  await working.close();
  await telemetry.shutdown();
  process.exit(0);
});
