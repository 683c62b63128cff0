import { OTLP } from '../otlp-env.js';
import type { SetUp } from '../set-up.js';

export const aws: SetUp = {
  name: 'aws',
  title: 'AWS (ADOT)',
  package: '@aws/aws-distro-opentelemetry-node-autoinstrumentation',
  start: '`--require …/register`',
  node: 20,
  args: ['--require', '@aws/aws-distro-opentelemetry-node-autoinstrumentation/register'],
  env: OTLP,
};
