import { shown } from '../signal/signalbox-error.js';
import { read } from './arguments.js';
import type { Command } from './command.js';
import { ENDS, Misuse } from './command.js';
import { appsOf, diagnose } from './doctor/diagnose.js';
import type { Run } from './doctor/run-app.js';
import { runApp } from './doctor/run-app.js';
import { addressOf } from './endpoint/address.js';
import { examine } from './endpoint/examine-endpoint.js';
import { protocolOf } from './endpoint/protocol.js';
import type { Finding } from './finding.js';
import { sayFinding } from './finding.js';
import type { Terminal } from './terminal.js';

const PROTOCOL = 'OTEL_EXPORTER_OTLP_PROTOCOL';
const DEFAULT_SECONDS = 10;
const MOST_SECONDS = 3_600;

/** Finds out why telemetry does not arrive: it runs an app, or sends requests to an address. */
export const doctor: Command = {
  words: 'doctor',
  usage: [
    'doctor [--seconds N] -- node app.js',
    'doctor --endpoint URL [--protocol http/protobuf|http/json|grpc]',
  ],
  summary:
    'Runs an app, or sends requests to an OTLP address, and prints what is wrong there and the fix. Exits with 1 if anything is wrong.',
  async run(args, terminal) {
    const at = args.indexOf('--');
    const { options, words } = read(at < 0 ? args : args.slice(0, at), {
      endpoint: { type: 'string' },
      protocol: { type: 'string' },
      seconds: { type: 'string' },
    });
    const app = at < 0 ? [] : args.slice(at + 1);
    const { endpoint, protocol, seconds } = options;
    if (words.length > 0)
      throw new Misuse(`${shown(words[0])} stands before \`--\`. Write doctor -- ${words.join(' ')}.`);
    if ((endpoint === undefined) === (app.length === 0))
      throw new Misuse('give either an app after `--`, or --endpoint with a URL.');
    if (typeof endpoint !== 'string') return watch(app, secondsOf(seconds), terminal);
    const said =
      typeof protocol === 'string'
        ? protocolOf(protocol, '--protocol')
        : protocolOf(process.env[PROTOCOL] || 'http/protobuf', PROTOCOL);
    return say(await examine(addressOf(endpoint), said), terminal);
  },
};

function secondsOf(given: string | boolean | undefined): number {
  const seconds = given === undefined ? DEFAULT_SECONDS : Number(given);
  if (seconds > 0 && seconds <= MOST_SECONDS) return seconds;
  throw new Misuse(`--seconds is ${shown(given)}. Give a number above 0, at most ${MOST_SECONDS}.`);
}

async function watch(app: readonly string[], seconds: number, terminal: Terminal): Promise<number> {
  const run = await runApp(app, seconds);
  terminal.say('');
  terminal.say(endOf(run));
  const apps = appsOf(run.facts);
  if (apps.length === 0)
    return say(
      [
        {
          of: app.join(' '),
          says: 'no Node.js process reported anything',
          fix: 'run the app by node itself, in a way that hands NODE_OPTIONS on to it',
        },
      ],
      terminal,
    );
  let worst: number = ENDS.well;
  for (const facts of apps) {
    if (apps.length > 1) terminal.say(terminal.paint('strong', `process ${facts.pid}: ${facts.script}`));
    worst = Math.max(worst, say(await diagnose(facts), terminal));
  }
  return worst;
}

function endOf({ code, signal, wasStopped }: Run): string {
  const how = code === null ? `by ${signal}` : `with exit code ${code}`;
  return wasStopped
    ? `The doctor had seen enough and stopped the app, which ended ${how}.`
    : `The app ended ${how}.`;
}

function say(findings: readonly Finding[], terminal: Terminal): number {
  for (const finding of findings) sayFinding(finding, terminal);
  const wrong = findings.filter(({ fix }) => fix !== undefined).length;
  const well = findings.some(({ isOpen }) => isOpen)
    ? 'Nothing wrong was found, but some checks have no result.'
    : 'All is well.';
  terminal.say(wrong === 0 ? well : `${wrong} of ${findings.length} findings are wrong.`);
  return wrong === 0 ? ENDS.well : ENDS.wrong;
}
