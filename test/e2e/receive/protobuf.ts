/** How a field of a message is read. Whole numbers of 64 bits become text, as in OTLP's JSON; bytes become hexadecimal. */
export type FieldKind =
  | 'text'
  | 'bytes'
  | 'boolean'
  | 'varint'
  | 'fixed32'
  | 'fixed64'
  | 'signed64'
  | 'double';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind | (() => Message);
  readonly repeated?: boolean;
  /** What it is where the message does not have it: Protocol Buffers leave out what is false, 0 or empty. Default: undefined. */
  readonly absent?: unknown;
}

/** The fields of a message by their numbers. Fields that are not named are skipped. */
export type Message = Readonly<Record<number, Field>>;
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Reads one message of Protocol Buffers. Throws where the bytes are none. */
export function readMessage(message: Message, bytes: Buffer): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const { name, absent } of Object.values(message)) if (absent !== undefined) read[name] = absent;
  let at = 0;
  const varint = (): bigint => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      shift += 7n;
    }
  };
  const slice = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error(`a message ends before its field does, at ${at}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const rawOf = (wire: number): bigint | Buffer => {
    switch (wire) {
      case VARINT:
        return varint();
      case FIXED64:
        return slice(8);
      case BYTES:
        return slice(Number(varint()));
      case FIXED32:
        return slice(4);
      default:
        throw new Error(`there is no wire type ${wire}, at ${at}`);
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const raw = rawOf(wire);
    const field = message[tag >> 3];
    if (field === undefined) continue;
    const { name, repeated = false } = field;
    if (!repeated) {
      read[name] = readField(field, raw);
      continue;
    }
    const list = (read[name] ?? []) as unknown[];
    list.push(...(isPacked(field, wire) ? unpacked(field, raw as Buffer) : [readField(field, raw)]));
    read[name] = list;
  }
  return read;
}

function isPacked({ kind }: Field, wire: number): boolean {
  return wire === BYTES && (kind === 'double' || kind === 'fixed64');
}

function unpacked(field: Field, raw: Buffer): unknown[] {
  return Array.from({ length: raw.length / 8 }, (_, i) => readField(field, raw.subarray(8 * i, 8 * i + 8)));
}

function readField({ kind }: Field, raw: bigint | Buffer): unknown {
  if (typeof raw === 'bigint') {
    if (kind === 'boolean') return raw !== 0n;
    return kind === 'signed64' ? String(BigInt.asIntN(64, raw)) : Number(raw);
  }
  if (typeof kind === 'function') return readMessage(kind(), raw);
  switch (kind) {
    case 'text':
      return raw.toString('utf8');
    case 'double':
      return raw.readDoubleLE();
    case 'fixed64':
      return String(raw.readBigUInt64LE());
    case 'signed64':
      return String(raw.readBigInt64LE());
    case 'fixed32':
      return raw.readUInt32LE();
    default:
      return raw.toString('hex');
  }
}
