import { auditKills } from '../audit-kills.js';
import type { Figures, Group } from '../fault.js';
import { jsonLineKills } from '../json-line-kills.js';
import type { RotationLoad } from '../rotation-under-load.js';
import { rotationUnderLoad } from '../rotation-under-load.js';
import type { Stage } from '../stage/stage.js';

const ROUNDS = 300;
/** Some four on a machine that has nothing else to do. */
const MINUTES = { seconds: 1800 };

/** Of lines that were acknowledged by processes that are gone. */
function figuresOf(acknowledged: number, lost: number): Figures {
  return {
    emitted: acknowledged,
    arrived: acknowledged - lost,
    delivered: acknowledged,
    dropped: {},
    failed: 0,
    queued: 0,
    unaccounted: lost,
    exceptions: 0,
  };
}

async function rotates(stage: Stage, gzip: boolean): Promise<Figures> {
  const load: RotationLoad = { processes: 8, lines: 100_000, rotations: 50, gzip };
  const { lines, delivered, lost, doubled, torn, rotations, troubles } = await rotationUnderLoad(load);
  stage.equal('delivered', delivered, lines);
  stage.equal('lines that are there twice', doubled, 0);
  stage.equal('torn lines', torn, 0);
  stage.equal('troubles', troubles.join(' '), '');
  stage.holds(`there are 50 rotations (there are ${rotations})`, rotations >= 50);
  return figuresOf(lines, lost);
}

export const writers: Group = {
  name: 'writers',
  about: 'Processes that write files and are killed, or that get in the way of each other.',
  faults: [
    {
      name: 'audit-kills',
      injected: `The writer of an audit trail is killed (\`kill -9\`) at a random moment, ${ROUNDS} times, and half of the rounds have a second writer.`,
      holds:
        'Each acknowledged line is there once, the chain verifies after the repair, and each second writer is refused.',
      needs: MINUTES,
      async run(stage) {
        const { acknowledged, lost, invalid, seconds, notRefused } = await auditKills(ROUNDS);
        stage.equal('trails that do not verify', invalid.join('; '), '');
        stage.equal('second writers', seconds, ROUNDS / 2);
        stage.equal('second writers that were not refused', notRefused, 0);
        return figuresOf(acknowledged, lost);
      },
    },
    {
      name: 'json-line-kills',
      injected: `Two writers of one file are killed at random moments, twice in each of ${ROUNDS / 5} rounds. Half of the rounds rotate the file.`,
      holds: 'Each acknowledged line is in the files once.',
      needs: MINUTES,
      async run(stage) {
        const { acknowledged, lost, doubled, kills } = await jsonLineKills({ rounds: ROUNDS / 5 });
        stage.equal('kills', kills, (ROUNDS / 5) * 4);
        stage.equal('lines that are there twice', doubled, 0);
        return figuresOf(acknowledged, lost);
      },
    },
    {
      name: 'rotation-under-load',
      injected: '8 processes write 100,000 lines in total to one file, and rotate it at least 50 times.',
      holds: 'No line is lost, torn or duplicated.',
      needs: MINUTES,
      run: (stage) => rotates(stage, false),
    },
    {
      name: 'rotation-with-gzip',
      injected: 'The same, while full files are compressed.',
      holds: 'No line is lost, torn or duplicated.',
      needs: MINUTES,
      run: (stage) => rotates(stage, true),
    },
  ],
};
