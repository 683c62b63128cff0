import { refusedModules } from '../programs/agpl.js';
import { licensedModules } from '../programs/licences.js';
import { programs } from '../programs/programs.js';
import type { Step } from './step.js';

export const licences: Step = {
  name: 'licences',
  shows:
    'no module that the programs here are built of is AGPL, by its name and by the licences that lie in it',
  async run({ say }) {
    const mismatches: string[] = [];
    for (const [name, program] of Object.entries(await programs({ say }))) {
      const modules = await licensedModules(program);
      mismatches.push(...refusedModules(name, modules));
      say(`${name}: ${modules.length} modules`);
    }
    return { jobs: 0, mismatches };
  },
};
