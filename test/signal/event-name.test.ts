import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventNameOf } from '../../src/signal/event-name.js';
import { defineSignal, nameRegistry } from '../../src/signal/signal.js';
import { expectSentence, wrong } from '../support/misuse.js';

describe('eventNameOf()', () => {
  test.each([
    ['JOB_COMPLETED', 'job.completed'],
    ['QUEUE_HEALTH_CHECK', 'queue.health_check'],
    ['SHUTDOWN', 'shutdown'],
    ['Job_Started', 'job.started'],
    ['job.attempt.started', 'job.attempt.started'],
    ['Job.Attempt_Started', 'job.attempt_started'],
    ['job-queue_full', 'job.queue_full'],
    ['V2_MAIL', 'v2.mail'],
  ])(
    'eventNameOf() - %s is %s: the first underscore is the dot, and a name with dots is kept',
    (name, event) => {
      expect(eventNameOf(name)).toBe(event);
      expect(defineSignal(name).event).toBe(event);
    },
  );

  test('eventNameOf() - an event name given wins', () => {
    expect(defineSignal('JOB_COMPLETED', { event: 'work.done' }).event).toBe('work.done');
  });

  test('eventNameOf() - names of capital words always give a valid event name, and different ones different names', () => {
    const word = fc.stringMatching(/^[A-Z][A-Z0-9]{0,5}$/);
    const name = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('_'));
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(defineSignal(a).event).toBe(eventNameOf(a));
        expect(eventNameOf(a) === eventNameOf(b)).toBe(a === b);
      }),
    );
  });
});

const NAME_FIX = "Use letters, digits and underscores, starting with a letter, as in 'JOB_COMPLETED'.";
const EVENT_FIX = "Use lower case words joined by dots, as in 'job.completed', or give one with `event`.";

describe('defineSignal()', () => {
  test.each([
    ['', "''"],
    ['1ST_JOB', "'1ST_JOB'"],
    ['JOB DONE', "'JOB DONE'"],
    ['JOB_*', "'JOB_*'"],
    ['JÖB', "'JÖB'"],
    ['J'.repeat(101), `'${'J'.repeat(80)}…'`],
    [undefined, 'undefined'],
    [42, '42'],
    [['JOB'], 'a list of 1'],
  ])('defineSignal() - the name %o is told', (name, shown) => {
    expectSentence(
      () => defineSignal(wrong(name)),
      `defineSignal: the name ${shown} is not a signal's name. ${NAME_FIX}`,
    );
  });

  test.each(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'])(
    'defineSignal() - the name %s is told: plain level records have it',
    (name) => {
      expectSentence(
        () => defineSignal(name),
        `defineSignal: the name '${name}' is reserved for plain level records. Call box.${name.toLowerCase()}(…), or give the signal another name, as in 'JOB_COMPLETED'.`,
      );
      expect(nameRegistry()).not.toContain(name);
    },
  );

  test('defineSignal() - a name in which a level’s is a part is taken', () => {
    for (const name of ['ERROR_SEEN', 'error', 'INFORMED']) expect(defineSignal(name).name).toBe(name);
  });

  test.each([
    ['Job.Completed', "'Job.Completed'"],
    ['job completed', "'job completed'"],
    ['job..completed', "'job..completed'"],
    ['.job', "'.job'"],
    ['', "''"],
    [42, '42'],
    [{}, 'a value of type object'],
  ])('defineSignal() - the event name %o is told', (event, shown) => {
    expectSentence(
      () => defineSignal('JOB_COMPLETED', { event: wrong(event) }),
      `defineSignal('JOB_COMPLETED'): the event name ${shown} is not valid. ${EVENT_FIX}`,
    );
  });

  test('defineSignal() - a name that gives no valid event name is told', () => {
    expectSentence(
      () => defineSignal('JOB_'),
      `defineSignal('JOB_'): the event name 'job.' is not valid. ${EVENT_FIX}`,
    );
  });
});
