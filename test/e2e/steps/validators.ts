import { validate } from '../validate.js';
import type { Step } from './step.js';

export const validators: Step = {
  name: 'validators',
  shows: 'each program accepts its own configuration file',
  async run({ say }) {
    return { jobs: 0, mismatches: await validate({ say }) };
  },
};
