/** As much of RFC 6455 as a load generator needs: short masked text frames out, unmasked frames in. */

const TEXT = 0x1;
const MASKED = 0x80;

/**
 * A client's text frame. The masking key is zero: servers must unmask whatever key they are given, so this costs the
 * server what any key costs, while the generator can send the same bytes from every connection.
 */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 65_535) throw new Error('A load client sends no frame above 64 KiB');
  const header =
    payload.length < 126
      ? Buffer.from([0x80 | TEXT, MASKED | payload.length])
      : Buffer.from([0x80 | TEXT, MASKED | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}

export const OPCODE = { text: TEXT, close: 0x8, ping: 0x9 } as const;

/** A control frame answering a ping: the same body, masked with zero. */
export function pongFrame(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x8a, MASKED | body.length]), Buffer.alloc(4), body]);
}

/**
 * Calls `onFrame` for each whole frame in `bytes` between `start` and `end`, with the bounds of its payload, and
 * answers where the first incomplete frame begins. Nothing is copied: the payload is valid during the call only.
 */
export function readFrames(
  bytes: Buffer,
  start: number,
  end: number,
  onFrame: (opcode: number, from: number, to: number) => void,
): number {
  let at = start;
  while (end - at >= 2) {
    let length = bytes[at + 1]! & 0x7f;
    let from = at + 2;
    if (length === 126) {
      if (end - at < 4) break;
      length = bytes.readUInt16BE(from);
      from += 2;
    } else if (length === 127) {
      if (end - at < 10) break;
      length = Number(bytes.readBigUInt64BE(from));
      from += 8;
    }
    const to = from + length;
    if (to > end) break;
    onFrame(bytes[at]! & 0x0f, from, to);
    at = to;
  }
  return at;
}
