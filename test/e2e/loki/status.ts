const INVALID_ARGUMENT = 3;
const VARINT = 0x80;

/** `google.rpc.Status` as OTLP wants it in the answer to what is refused: so the sender can say why. */
export function refusalStatus(message: string): Buffer {
  const text = Buffer.from(message);
  return Buffer.concat([Buffer.from([0x08, INVALID_ARGUMENT, 0x12, ...varint(text.length)]), text]);
}

function varint(value: number): number[] {
  return value < VARINT ? [value] : [(value % VARINT) | VARINT, ...varint(Math.floor(value / VARINT))];
}
