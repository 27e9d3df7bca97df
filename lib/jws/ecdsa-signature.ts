/** DER tags (X.690 sections 8.3 and 8.9). */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Lengths of at least this value take a second byte (X.690 section 8.1.3). P-521 needs it. */
const LONG = 0x80;

/**
 * Converts an ECDSA signature from JOSE's form, r and s side by side (RFC 7518 section 3.4), into the DER that OpenSSL needs (RFC 3279 section
 * 2.2.3). Node can convert as well, but Node 24 takes 20 µs to read the options object for it, half the time of the check itself.
 */
export function derSignature(raw: Buffer): Buffer {
  const r = integer(raw.subarray(0, raw.length / 2));
  const s = integer(raw.subarray(raw.length / 2));
  const length = r.length + s.length;
  return Buffer.concat([Buffer.from(length < LONG ? [SEQUENCE, length] : [SEQUENCE, LONG + 1, length]), r, s]);
}

/** Encodes an integer in its shortest form: no leading zeros except the one that keeps the number positive. */
function integer(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const isNegative = Number(bytes[start]) >= 0x80;
  const length = bytes.length - start + (isNegative ? 1 : 0);
  return Buffer.concat([Buffer.from(isNegative ? [INTEGER, length, 0] : [INTEGER, length]), bytes.subarray(start)]);
}
