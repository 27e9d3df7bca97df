import fc from 'fast-check';
import { derSignature } from '../../../lib/jws/ecdsa-signature.js';
import { parseJws, verifyJws } from '../../../lib/jws/index.js';
import { bytesOf, goodToken, verifierOf } from './key-kit.js';

/** Encodes an INTEGER from a number. */
function integer(bytes: Buffer): Buffer {
  const hex = BigInt(`0x${bytes.toString('hex')}`).toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const positive = Buffer.from(parseInt(even.slice(0, 2), 16) > 127 ? `00${even}` : even, 'hex');
  return Buffer.concat([Buffer.from([0x02, positive.length]), positive]);
}

function der(raw: Buffer): Buffer {
  const half = raw.length / 2;
  const content = Buffer.concat([integer(raw.subarray(0, half)), integer(raw.subarray(half))]);
  const length = content.length < 128 ? [content.length] : [0x81, content.length];
  return Buffer.concat([Buffer.from([0x30, ...length]), content]);
}

describe('derSignature', () => {
  it.each([32, 48, 66])('encodes two numbers of %d bytes of any value in the shortest form', (size) => {
    const scalar = fc
      .tuple(fc.nat(size), fc.uint8Array({ minLength: size, maxLength: size }))
      .map(([zeros, bytes]) => Buffer.from(bytes).fill(0, 0, zeros));
    fc.assert(
      fc.property(scalar, scalar, (r, s) => {
        const raw = Buffer.concat([r, s]);
        expect(derSignature(raw).equals(der(raw))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['ES256', 'ES384', 'ES512'] as const)(
    'converts every valid signature of %s, also if r begins with zero bits',
    (alg) => {
      const firstOf = (text: string) => bytesOf(text.split('.')[2])[alg === 'ES512' ? 1 : 0]!;
      const kinds = [(byte: number) => byte === 0, (byte: number) => byte >= 0x80, (byte: number) => byte > 0 && byte < 0x80];
      for (const isKind of kinds) {
        let n = 0;
        let text = goodToken(alg, { n });
        while (!isKind(firstOf(text))) text = goodToken(alg, { n: ++n });
        const jws = parseJws(text, 10_000);
        expect(typeof jws !== 'string' && verifyJws(jws, verifierOf(alg))).toBe(true);
      }
    },
  );
});
