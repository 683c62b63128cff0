import { owned } from '../emission/text.js';

const TEXTS = 2048;
const BYTES = 1024 * 1024;
/** `owned` returns shorter texts as they are: they keep nothing else in memory. */
const SHORT = 13;

/** Copies of the app's texts, which free the strings that the texts were cut from. A text that comes again gets the same copy. */
export class OwnTexts {
  readonly #copies = new Map<string, string>();
  #bytes = 0;

  own(text: string): string {
    if (text.length < SHORT) return text;
    return this.#copies.get(text) ?? this.#copy(text);
  }

  #copy(text: string): string {
    if (this.#copies.size >= TEXTS || this.#bytes + text.length > BYTES) {
      this.#copies.clear();
      this.#bytes = 0;
    }
    const copy = owned(text);
    this.#copies.set(copy, copy);
    this.#bytes += text.length;
    return copy;
  }
}
