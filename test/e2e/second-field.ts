import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';

/** The connection preface of an HTTP/2 client (RFC 9113 section 3.4). */
const PREFACE_BYTES = 24;
const FRAME_HEAD_BYTES = 9;
const HEADERS = 1;

/** Connects with HTTP/2 and adds a field to the headers of each request, which no client does where a field of that name is there. */
export function connectAdding(port: number, name: string, value: string): ClientHttp2Session {
  const socket = connect(port, '127.0.0.1');
  const added = literalField(name, value);
  let pending = Buffer.alloc(0);
  let isBegun = false;
  const wire = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      pending = Buffer.concat([pending, chunk]);
      if (!isBegun && pending.length < PREFACE_BYTES) {
        done();
        return;
      }
      const out: Buffer[] = [];
      if (!isBegun) {
        out.push(pending.subarray(0, PREFACE_BYTES));
        pending = pending.subarray(PREFACE_BYTES);
        isBegun = true;
      }
      while (pending.length >= FRAME_HEAD_BYTES && pending.length >= FRAME_HEAD_BYTES + pending.readUIntBE(0, 3)) {
        const end = FRAME_HEAD_BYTES + pending.readUIntBE(0, 3);
        out.push(pending[3] === HEADERS ? extended(pending.subarray(0, end), added) : pending.subarray(0, end));
        pending = pending.subarray(end);
      }
      socket.write(Buffer.concat(out), () => done());
    },
    final: (done) => void socket.end(done),
    destroy: (_error, done) => {
      socket.destroy();
      done(null);
    },
  });
  socket.on('data', (data) => wire.push(data) || socket.pause()).on('end', () => wire.push(null));
  socket.on('error', (error) => wire.destroy(error));
  return connectHttp2(`http://127.0.0.1:${port}`, { createConnection: () => wire });
}

/** A frame of headers with one more field: it has no padding, and its block is whole. */
function extended(frame: Buffer, field: Buffer): Buffer {
  const longer = Buffer.concat([frame, field]);
  longer.writeUIntBE(longer.length - FRAME_HEAD_BYTES, 0, 3);
  return longer;
}

/** RFC 7541 section 6.2.2: literal without indexing, new name, nothing in Huffman's code. */
function literalField(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), literal(name), literal(value)]);
}

function literal(text: string): Buffer {
  return Buffer.concat([integer(text.length), Buffer.from(text, 'latin1')]);
}

/** RFC 7541 section 5.1, with a prefix of seven bits. */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
