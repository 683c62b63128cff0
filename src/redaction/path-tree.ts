import type { RedactionPolicy } from '../signal/field.js';
import type { Path } from './path.js';
import { ANY } from './path.js';

/** What becomes of a value that a path leads to. */
export type Ending = true | RedactionPolicy;

interface Node {
  readonly names: Map<string, Node>;
  any: Node | undefined;
  /** Where a path ends here: what becomes of the value, and which path it is in the order in which they were given. */
  end: { readonly ending: Ending; readonly order: number } | undefined;
}

/** Where one stands in a value: on all paths at once that have led there. */
export type Place = readonly Node[];

/** Many paths, walked at once. */
export class PathTree {
  readonly #root: Node = newNode();
  #paths = 0;

  /** Those before any name. */
  get start(): Place {
    return [this.#root];
  }

  add(path: Path, ending: Ending): void {
    let node = this.#root;
    for (const name of path) {
      const next: Node = (name === ANY ? node.any : node.names.get(name)) ?? newNode();
      if (name === ANY) node.any = next;
      else node.names.set(name, next);
      node = next;
    }
    node.end ??= { ending, order: this.#paths };
    this.#paths++;
  }
}

/** So many steps one name takes at most. */
const STEPS = 1000;

/**
 * One name on. A name with dots (`user.token`, as attributes have them) is looked for as it is, and as the names between its dots, which may
 * have dots themselves. Throws where it has too many of them.
 */
export function stepTo(place: Place, name: string): Place {
  if (!name.includes('.')) return stepBy(place, name);
  const parts = name.split('.');
  const reached = new Map<number, Place>([[0, place]]);
  const led: Node[] = [];
  let steps = 0;
  for (let from = 0; from < parts.length; from++) {
    const here = [...new Set(reached.get(from))];
    // A path to what the name lies in.
    if (endingAt(here) !== undefined) led.push(...here);
    else if (here.length > 0)
      for (let to = from + 1, part = ''; to <= parts.length; to++) {
        part += (to === from + 1 ? '' : '.') + parts[to - 1];
        steps += here.length;
        if (steps > STEPS) throw new RangeError('too many dots');
        const next = stepBy(here, part);
        if (next.length > 0) reached.set(to, [...(reached.get(to) ?? []), ...next]);
      }
  }
  return [...new Set([...led, ...(reached.get(parts.length) ?? [])])];
}

function stepBy(place: Place, name: string): Place {
  return place.flatMap((node) => [node.names.get(name) ?? [], node.any ?? []].flat());
}

/** What becomes of the value here: of the paths that end here, as the one says that was given first. */
export function endingAt(place: Place): Ending | undefined {
  let first: Node['end'];
  for (const { end } of place) if (end && (!first || end.order < first.order)) first = end;
  return first?.ending;
}

function newNode(): Node {
  return { names: new Map(), any: undefined, end: undefined };
}
