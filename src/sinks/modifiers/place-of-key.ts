/**
 * The place of a key between 0 and 1: evenly spread, and the same in each process and release. It is FNV-1a over the key's UTF-16
 * units, mixed by the last step of MurmurHash3, without which keys that differ only in their end would lie close together.
 */
export function placeOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
