import { validate } from '../validate.js';
import { sayLeftOut } from './left-out.js';
import type { Step } from './step.js';

export const validators: Step = {
  name: 'validators',
  shows: 'each program accepts its own configuration file',
  async run(scene) {
    // With Docker it has started with that very file.
    sayLeftOut(scene, 'what Loki says of deploy/loki/config.yaml');
    return { jobs: 0, mismatches: await validate(scene) };
  },
};
