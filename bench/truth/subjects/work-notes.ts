import type { WorkNotes } from '../engines/engine.js';
import type { Fact } from '../facts.js';
import type { Notes } from '../notes.js';

/** Writes into the ledger what the engine says beside the jobs. */
export function workNotes(ledger: Notes<Fact>): WorkNotes {
  return {
    trouble: (what) => ledger.write({ fact: 'trouble', what: wordsOf(what).slice(0, 200), at: Date.now() }),
    holder: (id) => ledger.write({ fact: 'holder', id }),
  };
}

// pg-boss copies its errors into plain objects.
function wordsOf(what: unknown): string {
  const { message } = Object(what) as { readonly message?: unknown };
  return String(message ?? what);
}
