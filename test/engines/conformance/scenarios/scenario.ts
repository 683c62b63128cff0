import type { Play, Stage } from '../stage.js';

/** What happens in a cell, written once for all engines. */
export type Scenario = Play;

/** A handler's result, which may be in no telemetry. */
export function result(stage: Stage): { readonly text: string } {
  return { text: stage.ledger.secret() };
}

/** Another attempt would fail as well: what a handler throws where the engine has such a thing. */
export class Broken extends Error {
  override readonly name = 'BrokenError';
}
