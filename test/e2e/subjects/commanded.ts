import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { repository } from '../stack/compose-file.js';

/** A Node process that does what lines on its standard input say, and answers each with a line. */
export interface Commanded {
  /** Resolves with its answer when it has done so; rejects where it says why it could not, or has ended. */
  tell(command: string): Promise<string>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Runs a TypeScript file of this repository by Node and tsx, with this environment added. It is killed with this process. */
export function startCommanded(args: readonly string[], env: Readonly<Record<string, string>>): Commanded {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'));
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: repository,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told = (told + text).slice(-2000);
  });
  const closed = once(child, 'close').then(() => process.off('exit', kill));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on('error', () => undefined);
  return {
    tell: async (command) => {
      child.stdin.write(`${command}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`${args.join(' ')} has ended: ${told}`);
      if (!String(value).startsWith('done')) throw new Error(`'${command}': ${value}\n${told}`);
      return String(value).slice('done'.length).trim();
    },
    kill: async () => {
      kill();
      await closed;
    },
  };
}
