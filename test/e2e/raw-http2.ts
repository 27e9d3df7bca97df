import { connect } from 'node:net';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const SETTINGS = 4;
const HEADERS = 1;
const END_STREAM_AND_HEADERS = 0x5;

/**
 * Sends one request over cleartext HTTP/2, header by header as written (RFC 9113): the client of Node refuses to send some twice.
 * @returns The status of the answer, 200 or 400; 0 for any other.
 */
export async function rawHttp2Status(
  port: number,
  headers: readonly (readonly [name: string, value: string])[],
): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  const block = Buffer.concat(headers.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])));
  socket.write(Buffer.concat([Buffer.from(PREFACE), frame(SETTINGS, 0, 0), frame(HEADERS, END_STREAM_AND_HEADERS, 1, block)]));
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    const status = statusIn(received);
    if (status !== undefined) return status; // leaving the loop ends the connection
  }
  throw new Error('The connection ended without an answer.');
}

function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A string of HPACK, not Huffman-coded (RFC 7541 sections 5.1 and 5.2). */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = [];
  if (bytes.length < 127) length.push(bytes.length);
  else {
    let rest = bytes.length - 127;
    length.push(127);
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** Statuses that HPACK has a byte for (RFC 7541 appendix A). */
const STATUSES: ReadonlyMap<number | undefined, number> = new Map([
  [0x88, 200],
  [0x8c, 400],
]);

/** The status of the first HEADERS frame; 0 for one without a byte of its own. */
function statusIn(received: Buffer): number | undefined {
  for (let at = 0; at + 10 <= received.length; at += 9 + received.readUIntBE(at, 3))
    if (received[at + 3] === HEADERS) return STATUSES.get(received[at + 9]) ?? 0;
  return undefined;
}
