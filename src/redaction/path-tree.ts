import type { RedactionPolicy } from '../signal/field.js';
import type { Path } from './path.js';
import { ANY } from './path.js';

/** The treatment of a value at the end of a path: `true` redacts it, a policy rewrites it. */
export type Ending = true | RedactionPolicy;

interface Node {
  readonly names: Map<string, Node>;
  any: Node | undefined;
  /** Set if a path ends here: its treatment of the value, and its position among the given paths. */
  end: { readonly ending: Ending; readonly order: number } | undefined;
}

/** A position in a value: the nodes of all paths that lead there. */
export type Place = readonly Node[];

/** Many paths in one tree, so that one walk follows all of them. */
export class PathTree {
  readonly #root: Node = newNode();
  #paths = 0;

  /** The position before the first name. */
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

/** The most steps that one name may take. */
const STEPS = 1000;

/**
 * The position one name further. A name with dots (`user.token`, as attribute keys have them) matches the path with the same name and each
 * path that splits the name at some of its dots. Throws if the name has too many dots.
 */
export function stepTo(place: Place, name: string): Place {
  if (!name.includes('.')) return stepBy(place, name);
  const parts = name.split('.');
  const reached = new Map<number, Place>([[0, place]]);
  const led: Node[] = [];
  let steps = 0;
  for (let from = 0; from < parts.length; from++) {
    const here = [...new Set(reached.get(from))];
    // A path that ends at a prefix of the name covers the whole name.
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

/** The treatment of the value here. Of several paths that end here, the first given one decides. */
export function endingAt(place: Place): Ending | undefined {
  let first: Node['end'];
  for (const { end } of place) if (end && (!first || end.order < first.order)) first = end;
  return first?.ending;
}

function newNode(): Node {
  return { names: new Map(), any: undefined, end: undefined };
}
