// Converts ES256 signatures to OpenSSL's encoding. On Node 24, `crypto.verify` is much slower if it does the conversion (`dsaEncoding`).
import { Buffer } from 'node:buffer';

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** Returns an ES256 signature (RFC 7518 section 3.4) in DER (RFC 3279 section 2.2.3). */
export function derOf(signature) {
  const half = signature.length / 2;
  return element(SEQUENCE, Buffer.concat([integer(signature.subarray(0, half)), integer(signature.subarray(half))]));
}

/** DER integers are signed and have no unneeded leading zeros. */
function integer(bytes) {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(start);
  return element(INTEGER, digits[0] < 0x80 ? digits : Buffer.concat([Buffer.from([0]), digits]));
}

function element(tag, content) {
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}
