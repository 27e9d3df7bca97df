import { gzipSync } from 'node:zlib';
import { json, type Answer } from '../attacks/jwks-server.js';

/** Faults of a key set or its server. */
export interface Fault {
  readonly name: string;
  /** How the place of the keys answers; `undefined`: the connection is refused. */
  readonly answer?: Answer;
  /** The same for the discovery document, where no URL of the keys is configured. Gets the issuer. */
  readonly discovery?: (issuer: string) => Answer;
}

export const MEGABYTE = 1024 * 1024;

/** How much of endless answers was sent, by the time the client had gone. */
export const sent: number[] = [];

const text =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);

/** Writes as fast as the other side reads. */
const endless: Answer = (response) => {
  let bytes = 0;
  const chunk = Buffer.alloc(MEGABYTE / 16, ' ');
  const write = (): void => {
    while (bytes < 96 * MEGABYTE) {
      bytes += chunk.length;
      if (!response.write(chunk)) return;
    }
    response.end();
  };
  response.on('drain', write);
  response.on('close', () => sent.push(bytes));
  response.writeHead(200, { 'content-type': 'application/json' });
  write();
};

/** A byte at a time, never ending. */
const dripping: Answer = (response) => {
  const drip = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(drip));
  response.writeHead(200);
};

const cutOff =
  (headers: Record<string, string>): Answer =>
  (response) => {
    response.writeHead(200, headers);
    response.write('{"keys":[', () => response.destroy());
  };

const HTTP = { name: 'tokens', kty: 'RSA', n: 'AQAB', e: 'AQAB' };

export const FAULTS: readonly Fault[] = [
  { name: 'refuses connections' },
  { name: 'answers 500', answer: text(500, '{}') },
  { name: 'answers 404', answer: text(404, '{}') },
  { name: 'answers 204', answer: text(204, '') },
  { name: 'answers 203 with keys of another', answer: text(203, JSON.stringify({ keys: [HTTP] })) },
  { name: 'redirects', answer: (response, { url }) => response.writeHead(302, { location: `${url}/redirected` }).end() },
  { name: 'redirects to itself', answer: (response, { url }) => response.writeHead(308, { location: url }).end() },
  { name: 'hangs', answer: () => undefined },
  { name: 'hangs after its headers', answer: (response) => response.writeHead(200).flushHeaders() },
  { name: 'drips', answer: dripping },
  { name: 'closes the connection', answer: (response) => response.destroy() },
  { name: 'breaks off', answer: cutOff({ 'content-length': '1000' }) },
  { name: 'breaks off an answer in chunks', answer: cutOff({}) },
  { name: 'answers 96 MB', answer: endless },
  {
    name: 'answers 64 MB in 64 kB of gzip',
    answer: text(200, gzipSync(Buffer.alloc(64 * MEGABYTE, ' ')), { 'content-encoding': 'gzip' }),
  },
  { name: 'responds with a web page', answer: text(200, '<html>It works!</html>') },
  { name: 'answers nothing', answer: text(200, '') },
  { name: 'answers JSON that ends early', answer: text(200, '{"keys":[') },
  { name: 'answers invalid UTF-8', answer: text(200, Buffer.from([0x7b, 0xff, 0x7d])) },
  { name: 'answers null', answer: json(null) },
  { name: 'responds with a list', answer: json([HTTP]) },
  { name: 'answers keys that are no list', answer: json({ keys: { 0: HTTP, length: 1 } }) },
  { name: 'answers no keys', answer: json({ keys: [] }) },
  { name: 'answers nothing but useless keys', answer: json({ keys: [null, 1, 'x', {}, HTTP, { kty: 'oct', k: 'AAAA' }] }) },
  { name: 'answers JSON nested 200 000 deep', answer: text(200, '['.repeat(200_000) + ']'.repeat(200_000)) },
  { name: 'has no discovery document', discovery: () => text(404, '{}') },
  {
    name: 'has a discovery document of another issuer',
    discovery: (issuer) => json({ issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks` }),
  },
  { name: 'has a discovery document without keys', discovery: (issuer) => json({ issuer }) },
  { name: 'has keys in a file', discovery: (issuer) => json({ issuer, jwks_uri: 'file:///etc/passwd' }) },
  { name: 'has keys at an http URL off loopback', discovery: (issuer) => json({ issuer, jwks_uri: 'http://192.0.2.1/jwks' }) },
  { name: 'has a discovery document that is a list', discovery: (issuer) => json([issuer]) },
];
