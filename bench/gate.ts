/** What one operation of a row was when bench/gate.json was written. */
export interface Kept {
  readonly bytes: number;
}

/** The figures of a Node, by the row's id: another Node allocates otherwise. */
export type GateFigures = Readonly<Record<string, Readonly<Record<string, Kept>>>>;

export interface Verdict {
  /** Sentences on what has grown, one a row. The gate is open where there is none. */
  readonly grown: readonly string[];
  /** Sentences on what is to be kept: rows that take less than they did, or that are new. */
  readonly advice: readonly string[];
}

/** How much more than before is noise: counts of the same code differ by less than half of this from run to run. */
export const TOLERANCE = 0.05;

const KEEP = 'npm run bench -- --gate --write';

/** Compares what was counted with what is kept of that Node's major version. Throws where nothing of it is. */
export function compareGate(kept: GateFigures, major: number, now: ReadonlyMap<string, number>): Verdict {
  const before = kept[major];
  if (!before)
    throw new Error(
      `bench/gate.json has no figures of Node ${major}, but of ${Object.keys(kept).join(', ') || 'none'}. Run the gate on such a Node, or \`${KEEP}\` on this one.`,
    );
  const grown: string[] = [];
  const advice: string[] = [];
  for (const [id, bytes] of now) {
    const was = before[id]?.bytes;
    if (was === undefined) advice.push(`${id} is new, with ${said(bytes)}: keep it with \`${KEEP}\`.`);
    else if (bytes > was * (1 + TOLERANCE))
      grown.push(
        `${id} allocates ${said(bytes)}; before it was ${said(was)}, and ${TOLERANCE * 100} % more is allowed. Find what allocates, or keep the figure with \`${KEEP} ${id}\` and say why.`,
      );
    else if (bytes < was * (1 - TOLERANCE))
      advice.push(`${id} allocates ${said(bytes)}, and before ${said(was)}: keep it with \`${KEEP}\`.`);
  }
  return { grown, advice };
}

/**
 * The figures with those that were counted now in their place. Rows that were not counted stay.
 *
 * @param order The rows whose bytes can be counted, in the order of the table: what is none of them goes.
 */
export function withFigures(
  kept: GateFigures,
  major: number,
  now: ReadonlyMap<string, number>,
  order: readonly string[],
): GateFigures {
  const before = kept[major] ?? {};
  const entries = order.flatMap((id): [string, Kept][] => {
    const bytes = now.get(id) ?? before[id]?.bytes;
    return bytes === undefined ? [] : [[id, { bytes: Math.round(bytes) }]];
  });
  return { ...kept, [major]: Object.fromEntries(entries) };
}

function said(bytes: number): string {
  return `${Math.round(bytes).toLocaleString('en-US')} bytes an operation`;
}
