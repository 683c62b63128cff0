import type { Spoil } from './spoil.js';
import { completed, log, series } from './spoil.js';

export const ofOrigins: readonly Spoil[] = [
  {
    what: 'another scope',
    spoil: (r) => {
      completed(r).scope = 'other';
    },
    finds: /from the scope 'other'/,
  },
  {
    what: 'another service',
    spoil: (r) => {
      log(r, 'job.started').service = 'x';
    },
    finds: /of 'x'/,
  },
  {
    what: 'a secret on a span',
    spoil: (r) => {
      completed(r).attributes.to = 'Eve <SECRET>';
    },
    finds: /the secret 'SECRET' is in/,
  },
  {
    what: 'a secret in a body',
    spoil: (r) => {
      log(r, 'email.sent').body = 'to SECRET';
    },
    finds: /the secret 'SECRET' is in/,
  },
  {
    what: 'a secret in a label',
    spoil: (r) => {
      series(r, 'email.sent').attributes.to = 'SECRET';
    },
    finds: /the secret 'SECRET' is in/,
  },
];
