import { generateKeyPairSync, sign } from 'node:crypto';

/** A key and its self-signed certificate, both as PEM, and the certificate's bytes. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly der: Buffer;
}

function tlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const length = content.length;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...contents: readonly Buffer[]) => tlv(0x30, ...contents);
const ECDSA_WITH_SHA256 = sequence(tlv(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
const COMMON_NAME = tlv(0x06, Buffer.from('550403', 'hex'));

/** Makes a certificate for tests (RFC 5280), valid for a very long time. */
export function selfSigned(name: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, Buffer.from(name)))));
  const validity = sequence(tlv(0x18, Buffer.from('20200101000000Z')), tlv(0x18, Buffer.from('21200101000000Z')));
  const serial = tlv(0x02, Buffer.from([1]));
  const body = sequence(serial, ECDSA_WITH_SHA256, subject, validity, subject, publicKey.export({ type: 'spki', format: 'der' }));
  const der = sequence(body, ECDSA_WITH_SHA256, tlv(0x03, Buffer.from([0]), sign('sha256', body, privateKey)));
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    der,
  };
}
