import type { Case, Wanted } from './case.js';
import { compareMetrics } from './compare-metrics.js';
import { compareSignals } from './compare-signals.js';
import { compareSpans } from './compare-spans.js';
import { compareTenant } from './compare-tenant.js';
import type { Traits } from './driver.js';
import type { Ledger } from './ledger.js';
import type { Recording } from './recording.js';

/** The sentences about all that was told and does not follow from the ledger, or follows and was not told. */
export function compare(
  ledger: Ledger,
  traits: Traits,
  queue: string,
  recordings: readonly Recording[],
  wanted: Wanted = {},
  options: { readonly limitMillis?: number } = {},
): readonly string[] {
  const mismatches: string[] = [];
  const part: Case = {
    ledger,
    traits,
    queue,
    recordings,
    wanted,
    options,
    spans: recordings.flatMap(({ received }) => received.spans.filter(({ scope }) => scope === 'signalbox')),
    logs: recordings.flatMap(({ received }) => received.logs.filter(({ scope }) => scope === 'signalbox')),
    claim: (holds, sentence) => {
      if (!holds) mismatches.push(sentence());
    },
  };
  compareSpans(part);
  compareSignals(part);
  compareMetrics(part);
  compareTenant(part);
  compareSecrets(part);
  return mismatches;
}

/** No payload, result, or text of the engine's store is anywhere. */
function compareSecrets({ recordings, ledger, claim }: Case): void {
  const text = JSON.stringify(recordings.map(({ received }) => received));
  for (const secret of ledger.secrets)
    claim(!text.includes(secret), () => `a payload or result is in the telemetry: ${around(text, secret)}`);
  const store =
    /\b(?:select .{1,200} from|insert into|update \S+ set|evalsha|hgetall|redis:\/\/|postgres(?:ql)?:\/\/)/i;
  const found = store.exec(text);
  claim(found === null, () => `text of the store is in the telemetry: ${found?.[0]}`);
}

function around(text: string, part: string): string {
  const at = text.indexOf(part);
  return text.slice(Math.max(0, at - 80), at + 40);
}
