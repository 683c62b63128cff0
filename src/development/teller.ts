import { appLine } from './app-line.js';
import type { Fault } from './fault.js';
import type { Note, Untaken } from './note.js';
import { faultsOf } from './wrong-values.js';

/** The most mistakes that are printed. Nobody reads more. */
const MOST = 50;

/** Prints notes on the console, each mistake once per signal and field. Only development mode loads this file. */
export function createTeller(): (note: Note) => void {
  const told = new Set<string>();
  return (note) => {
    if (told.size > MOST) return;
    for (const { key, sentence, fix } of faultsIn(note)) {
      const all = `${note.kind} ${key}`;
      if (told.has(all) || told.size > MOST) continue;
      told.add(all);
      if (told.size > MOST) print('further mistakes are not printed. `box.stats()` counts all of them.');
      else {
        const line = lineOf(note);
        print(
          [sentence, ...(line === undefined ? [] : [`    at ${line}`]), ...(fix ? [`  ${fix}`] : [])].join(
            '\n',
          ),
        );
      }
    }
  };
}

/** The app's line. Undefined if the app's own `Error.prepareStackTrace` throws. */
function lineOf({ at, doors }: Note): string | undefined {
  try {
    return appLine(at, doors);
  } catch {
    return undefined;
  }
}

function faultsIn(note: Note): readonly Fault[] {
  switch (note.kind) {
    case 'values':
      return faultsOf(note.signal, note.fields, note.options);
    case 'unrouted': {
      const { name } = note.signal;
      return [
        {
          key: name,
          sentence: `no route takes ${name}: it goes nowhere.`,
          fix: `Add a route, as in { signals: '${name}', to: 'otel' }; \`String(box.describe())\` lists the routes.`,
        },
      ];
    }
    case 'otel':
      return [untaken(note)];
    case 'engine':
      return [{ key: note.sentence, sentence: note.sentence, fix: '' }];
  }
}

function untaken({ channel, reason }: Untaken): Fault {
  const key = `${channel} ${reason}`;
  const what = channel === 'logs' ? 'log records' : 'metrics';
  const others = channel === 'logs' ? "['spanEvents', 'metrics']" : "['logs', 'spanEvents']";
  const leave = `leave them out of the route: channels: ${others}`;
  if (reason === 'disabled')
    return {
      key,
      sentence: `'otel' takes no ${what}: the app's LoggerProvider has no processor, was shut down, or disables the logger 'signalbox' or the severity.`,
      fix: `Give it a processor that exports, or ${leave}.`,
    };
  return {
    key,
    sentence: `'otel' takes no ${what}: no ${channel === 'logs' ? 'LoggerProvider' : 'MeterProvider'} is registered.`,
    fix: `Start an OpenTelemetry SDK that exports them before the first emit, pass \`box.instrumentation()\` to it, or ${leave}.`,
  };
}

function print(text: string): void {
  console.warn(`signalbox (development): ${text}`);
}
