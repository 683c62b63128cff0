import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { read } from '../arguments.js';
import type { Command } from '../command.js';
import { ENDS, Misuse } from '../command.js';
import { packageFolder } from './package-folder.js';

/** Files of the package that a command copies. */
interface Exported {
  readonly words: string;
  /** A short name of the files. */
  readonly what: string;
  /** Their folder in the package. */
  readonly folder: string;
}

/** Makes a command that copies files of the package. */
export function exportsOf({ words, what, folder }: Exported): Command {
  return {
    words,
    usage: [`${words} DIR [--force]`],
    summary: `Copies ${what} to a folder. If files there differ, writes nothing unless --force is given.`,
    async run(args, terminal) {
      const { options, words: given } = read(args, { force: { type: 'boolean' } });
      const [target] = given;
      if (target === undefined || given.length > 1)
        throw new Misuse(`give one folder to copy to, not ${given.length}.`);
      const source = join(packageFolder(), folder);
      const names = (await readdir(source)).sort();
      const files = await Promise.all(names.map((name) => fileOf(name, source, target)));
      const differing = files.filter(({ there, text }) => there !== undefined && there !== text);
      if (differing.length > 0 && options.force !== true) {
        for (const { path } of differing) terminal.say(terminal.paint('bad', `${path} differs`));
        terminal.say('Nothing was written. With --force these files are overwritten.');
        return ENDS.wrong;
      }
      await mkdir(target, { recursive: true });
      for (const { path, text, there } of files) {
        if (there !== text) await writeFile(path, text);
        terminal.say(there === text ? terminal.paint('dim', `${path} is the same`) : path);
      }
      return ENDS.well;
    },
  };
}

interface File {
  readonly path: string;
  readonly text: string;
  /** The present text of the target file, if it exists. */
  readonly there: string | undefined;
}

async function fileOf(name: string, source: string, target: string): Promise<File> {
  const path = join(target, name);
  return { path, text: await readFile(join(source, name), 'utf8'), there: await textAt(path) };
}

async function textAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
