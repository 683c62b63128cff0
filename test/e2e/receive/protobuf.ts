/** How a field of a message is read. Whole numbers of 64 bits become text, as in OTLP's JSON; bytes become hexadecimal. */
export type FieldKind =
  | 'text'
  | 'bytes'
  | 'boolean'
  | 'varint'
  | 'fixed32'
  | 'fixed64'
  | 'signed64'
  | 'sfixed64'
  | 'double';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind | (() => Message);
  readonly repeated?: boolean;
  /** What it is where the message does not have it: Protocol Buffers leave out what is false, 0 or empty. Default: undefined. */
  readonly absent?: unknown;
}

/** The fields of a message by their numbers. A field that is not named is refused. */
export type Message = Readonly<Record<number, Field>>;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const MOST_OF_VARINT = 2n ** 64n - 1n;
const MOST_OF_32_BITS = 2n ** 32n - 1n;

const WIRES: Readonly<Record<FieldKind, number>> = {
  text: BYTES,
  bytes: BYTES,
  boolean: VARINT,
  varint: VARINT,
  fixed32: FIXED32,
  fixed64: FIXED64,
  signed64: VARINT,
  sfixed64: FIXED64,
  double: FIXED64,
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one message of Protocol Buffers. Throws where the bytes are none, and where they are one that no encoder has reason to write: with a
 * field that the message has not, one that is there twice, a number that is too large for its field, a text that is no UTF-8. `path`
 * names the message in what is thrown.
 */
export function readMessage(message: Message, bytes: Buffer, path = 'the message'): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const { name, absent } of Object.values(message)) if (absent !== undefined) read[name] = absent;
  const seen = new Set<string>();
  const cursor = new Cursor(bytes, path);
  while (!cursor.isAtEnd) {
    const tag = cursor.varint();
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    const field = message[number];
    if (field === undefined) throw new Error(`${path} has a field ${number} that is not known`);
    const { name, kind, repeated = false } = field;
    const inner = `${path}.${name}`;
    const wanted = typeof kind === 'function' ? BYTES : WIRES[kind];
    const isPacked = repeated && wire === BYTES && wanted === FIXED64;
    if (wire !== wanted && !isPacked) throw new Error(`${inner} has the wire type ${wire}, not ${wanted}`);
    if (seen.has(name) && !repeated) throw new Error(`${inner} is there twice`);
    seen.add(name);
    const found = isPacked
      ? unpacked(field, cursor.bytes(), inner)
      : [readField(field, cursor.raw(wire), inner)];
    if (repeated) read[name] = [...((read[name] ?? []) as unknown[]), ...found];
    else read[name] = found[0];
  }
  return read;
}

/** Where in a message the reading is. */
class Cursor {
  readonly #bytes: Buffer;
  readonly #path: string;
  #at = 0;

  constructor(bytes: Buffer, path: string) {
    this.#bytes = bytes;
    this.#path = path;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  raw(wire: number): bigint | Buffer {
    switch (wire) {
      case VARINT:
        return this.varint();
      case BYTES:
        return this.bytes();
      default:
        return this.#take(wire === FIXED64 ? 8 : 4);
    }
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#take(1).readUInt8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (value > MOST_OF_VARINT) break;
      return value;
    }
    throw new Error(`${this.#path} has a number of more than 64 bits`);
  }

  bytes(): Buffer {
    return this.#take(Number(this.varint()));
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error(`${this.#path} ends before its field does`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

function unpacked(field: Field, raw: Buffer, path: string): unknown[] {
  if (raw.length % 8 !== 0) throw new Error(`${path} ends before its last number does`);
  return Array.from({ length: raw.length / 8 }, (_, i) =>
    readField(field, raw.subarray(8 * i, 8 * i + 8), path),
  );
}

function readField({ kind }: Field, raw: bigint | Buffer, path: string): unknown {
  if (typeof raw === 'bigint') return readVarint(kind, raw, path);
  if (typeof kind === 'function') return readMessage(kind(), raw, path);
  switch (kind) {
    case 'text':
      return readText(raw, path);
    case 'double':
      return raw.readDoubleLE();
    case 'fixed64':
      return String(raw.readBigUInt64LE());
    case 'sfixed64':
      return String(raw.readBigInt64LE());
    case 'fixed32':
      return raw.readUInt32LE();
    default:
      return raw.toString('hex');
  }
}

function readVarint(kind: Field['kind'], raw: bigint, path: string): unknown {
  if (kind === 'signed64') return String(BigInt.asIntN(64, raw));
  const most = kind === 'boolean' ? 1n : MOST_OF_32_BITS;
  if (raw > most) throw new Error(`${path} is ${raw}, more than ${most}`);
  return kind === 'boolean' ? raw === 1n : Number(raw);
}

function readText(raw: Buffer, path: string): string {
  try {
    return utf8.decode(raw);
  } catch {
    throw new Error(`${path} is no UTF-8`);
  }
}
