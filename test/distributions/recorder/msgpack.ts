/** Reads one value of MessagePack. 64-bit integers are bigints: ids of Datadog do not fit a number. */
export function readMsgpack(bytes: Buffer): unknown {
  return new Reader(bytes).value();
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  value(): unknown {
    const head = this.#unsigned(1);
    if (head < 0x80) return head;
    if (head < 0x90) return this.#map(head & 0x0f);
    if (head < 0xa0) return this.#list(head & 0x0f);
    if (head < 0xc0) return this.#text(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    const read = this.#long[head];
    if (!read) throw new Error(`MessagePack: 0x${head.toString(16)} at byte ${this.#at - 1}`);
    return read();
  }

  readonly #long: Readonly<Record<number, (() => unknown) | undefined>> = {
    192: () => null,
    194: () => false,
    195: () => true,
    196: () => this.#raw(this.#unsigned(1)),
    197: () => this.#raw(this.#unsigned(2)),
    198: () => this.#raw(this.#unsigned(4)),
    202: () => this.#raw(4).readFloatBE(),
    203: () => this.#raw(8).readDoubleBE(),
    204: () => this.#unsigned(1),
    205: () => this.#unsigned(2),
    206: () => this.#unsigned(4),
    207: () => this.#raw(8).readBigUInt64BE(),
    208: () => this.#raw(1).readInt8(),
    209: () => this.#raw(2).readInt16BE(),
    210: () => this.#raw(4).readInt32BE(),
    211: () => this.#raw(8).readBigInt64BE(),
    217: () => this.#text(this.#unsigned(1)),
    218: () => this.#text(this.#unsigned(2)),
    219: () => this.#text(this.#unsigned(4)),
    220: () => this.#list(this.#unsigned(2)),
    221: () => this.#list(this.#unsigned(4)),
    222: () => this.#map(this.#unsigned(2)),
    223: () => this.#map(this.#unsigned(4)),
  };

  #raw(length: number): Buffer {
    const from = this.#at;
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }

  #unsigned(length: number): number {
    return this.#raw(length).readUIntBE(0, length);
  }

  #text(length: number): string {
    return this.#raw(length).toString('utf8');
  }

  #list(length: number): unknown[] {
    return Array.from({ length }, () => this.value());
  }

  #map(length: number): Record<string, unknown> {
    return Object.fromEntries(Array.from({ length }, () => [String(this.value()), this.value()]));
  }
}
