import { didYouMean } from '../signal/did-you-mean.js';
import { shown } from '../signal/signalbox-error.js';
import { withoutSecretsOfUrls } from '../signal/url-secrets.js';
import { auditVerify } from './audit-verify.js';
import type { Command } from './command.js';
import { ENDS, Misuse } from './command.js';
import { doctor } from './doctor.js';
import { exportsOf } from './files/export.js';
import type { Terminal } from './terminal.js';

const COMMANDS: readonly Command[] = [
  doctor,
  auditVerify,
  exportsOf({
    words: 'dashboards export',
    what: "Grafana's dashboards",
    folder: 'deploy/grafana/dashboards',
  }),
  exportsOf({ words: 'rules export', what: "Prometheus's alert rules", folder: 'deploy/prometheus/rules' }),
];

/** Runs a command line. Resolves to the exit code; never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  if (args.length === 0 || ['--help', '-h', 'help'].includes(args[0] ?? '')) {
    help(terminal);
    return args.length === 0 ? ENDS.misuse : ENDS.well;
  }
  const command = COMMANDS.find(({ words }) => words.split(' ').every((word, i) => args[i] === word));
  try {
    if (!command) throw new Misuse(unknown(args));
    const rest = args.slice(command.words.split(' ').length);
    if (rest[0] === '--help' || rest[0] === '-h') {
      usage(command, terminal);
      return ENDS.well;
    }
    return await command.run(rest, terminal);
  } catch (error) {
    terminal.say(
      terminal.paint('bad', `signalbox${command ? ` ${command.words}` : ''}: ${messageOf(error)}`),
    );
    if (error instanceof Misuse && command) usage(command, terminal);
    return ENDS.misuse;
  }
}

function unknown(args: readonly string[]): string {
  const names = COMMANDS.map(({ words }) => words);
  const given = args.slice(0, 2).join(' ');
  const likely = didYouMean(given, names) || didYouMean(args[0] ?? '', names);
  return `there is no command ${shown(given)}.${likely} There are ${names.map((name) => `\`${name}\``).join(', ')}.`;
}

function help(terminal: Terminal): void {
  for (const command of COMMANDS) usage(command, terminal);
}

function usage({ usage: lines, summary }: Command, terminal: Terminal): void {
  for (const line of lines) terminal.say(terminal.paint('strong', `npx signalbox ${line}`));
  terminal.say(`  ${summary}`);
}

function messageOf(error: unknown): string {
  return withoutSecretsOfUrls(error instanceof Error ? error.message : String(error));
}
