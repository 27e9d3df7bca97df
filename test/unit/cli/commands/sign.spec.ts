import { LoopbackServer } from '../../../servers/loopback-server.js';
import { payloadOf } from '../../sources/http-bundle/signing-key.js';
import { fixture, ran } from '../ran.js';
import { publisherKey, Scratch } from '../scratch.js';

const scratch = new Scratch();
const key = publisherKey('k1');
let pem: string;
let jwk: string;
let jwks: string;
beforeAll(async () => {
  pem = await scratch.write('private.pem', key.pem);
  jwk = await scratch.write('private.jwk', key.jwk);
  jwks = await scratch.write('jwks.json', key.jwks);
});

const sign = (...args: readonly string[]) => ran(['sign', fixture('mapping.yaml'), '--kid', 'k1', ...args]);
const verify = (bundle: string, ...args: readonly string[]) => ran(['verify', bundle, '--keys', jwks, ...args]);

/** Signs the mapping of the fixture and returns the path of the bundle. */
async function signed(...args: readonly string[]): Promise<string> {
  await sign('--key', pem, '-o', scratch.path('mapping.jws'), ...args);
  return scratch.path('mapping.jws');
}

describe('nestjs-authz sign', () => {
  it('writes a bundle to standard output, with a key in PEM or as a JWK', async () => {
    for (const file of [pem, jwk]) {
      const { code, out } = await sign('--key', file);
      expect(code).toBe(0);
      expect(await ran(['verify', '-', '--keys', jwks], { stdin: out })).toMatchObject({ code: 0 });
    }
  });

  it('writes the options into the bundle', async () => {
    const { json } = await sign(
      ...['--key', pem, '--json', '--issuer', 'authority', '--audience', 'orders', '--audience', 'billing'],
      ...['--valid-for', '24h', '--sequence', '7'],
    );
    expect(json).toMatchObject({ revision: '2026-01', issuer: 'authority', audience: ['orders', 'billing'], sequence: 7 });
    expect(Date.parse(json.notAfter as string) - Date.parse(json.issuedAt as string)).toBe(24 * 3_600_000);
    expect(payloadOf(json.bundle as string)).toMatchObject({
      sequence: 7,
      roles: { viewer: ['orders:read', 'orders:items:read'] },
    });
  });

  it('writes a file, and prints its revision and sequence', async () => {
    const file = scratch.path('out.jws');
    expect(await sign('--key', pem, '--sequence', '7', '-o', file)).toMatchObject({
      code: 0,
      out: `${file}: revision 2026-01, sequence 7\n`,
    });
    expect((await scratch.names()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await verify(file)).toMatchObject({ code: 0 });
  });

  it('does not sign a document that a service would refuse', async () => {
    const file = scratch.path('broken.jws');
    expect((await ran(['sign', fixture('broken.yaml'), '--key', pem, '--kid', 'k1', '-o', file])).code).toBe(2);
    expect(await scratch.names()).not.toContain('broken.jws');
    expect(await ran(['sign', await signed(), '--key', pem, '--kid', 'k1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is a signed bundle'),
    });
  });

  it.each(['0s', '59s', '366d', '24', '1w', 'h', '1.5h', '-1h'])('refuses the duration %s', async (time) => {
    const { code, err } = await sign('--key', pem, `--valid-for=${time}`);
    expect([code, err]).toEqual([2, expect.stringContaining('It must be a duration from 60s to 365d, such as 90m, 24h or 30d')]);
  });

  it.each(['-1', '1.5', 'x', '99999999999999999'])('refuses the sequence %s', async (sequence) => {
    const { code, err } = await sign('--key', pem, `--sequence=${sequence}`);
    expect([code, err]).toEqual([2, expect.stringContaining('It must be a whole number')]);
  });

  it('names the option of the command line that is wrong', async () => {
    expect(await ran(['sign', fixture('mapping.yaml'), '--key', pem, '--kid', ''])).toMatchObject({
      code: 2,
      err: expect.stringContaining('nestjs-authz: --kid must be the name of the key') as string,
    });
    expect((await sign('--key', pem, '--alg', 'RS1')).err).toContain('nestjs-authz: --alg must be an algorithm of the key');
    expect((await sign('--key', await scratch.write('no-key', 'x'))).err).toContain('nestjs-authz: --key must be a private key');
    expect((await sign('--key', pem, '--issuer', '')).err).toContain('nestjs-authz: --issuer must be a string');
  });

  it('prints no part of an invalid key', async () => {
    for (const content of [
      '{"kty":"EC","d":"secret-part"',
      '-----BEGIN PRIVATE KEY-----\nsecret-part',
      { kty: 'EC', d: 'secret-part' },
    ]) {
      const { code, out, err } = await sign('--key', await scratch.write('damaged', content));
      expect([code, out]).toEqual([2, '']);
      expect(err).not.toContain('secret-part');
    }
  });
});

describe('nestjs-authz verify', () => {
  it('prints the header and the members of a valid bundle', async () => {
    const bundle = await signed('--issuer', 'authority', '--audience', 'orders', '--valid-for', '30d', '--sequence', '7');
    const { code, out } = await verify(bundle, '--issuer', 'authority', '--audience', 'orders');
    expect(code).toBe(0);
    expect(out).toMatch(
      /is signed with k1 \(ES256\)\.\n {2}revision {2}2026-01, sequence 7, 4 roles\n {2}issuer {4}authority\n {2}audience {2}orders\n/,
    );
    expect((await verify(await signed(), '--json')).json).toMatchObject({
      trusted: true,
      kid: 'k1',
      alg: 'ES256',
      revision: '2026-01',
    });
  });

  it('extracts the document', async () => {
    const file = scratch.path('document.json');
    expect(await verify(await signed(), '-o', file)).toMatchObject({ code: 0 });
    expect((await ran(['diff', file, fixture('mapping.yaml'), '--exit-code'])).code).toBe(0);
  });

  it.each([
    ['of another issuer', ['--issuer', 'other'], 'issuer: must be "other"'],
    ['for another service', ['--audience', 'stock'], 'audience: must name "stock"'],
  ])('exits with code 1 for a bundle %s', async (_, args, reason) => {
    const file = scratch.path('refused.json');
    const { code, out } = await verify(await signed('--audience', 'orders'), ...args, '-o', file);
    expect([code, out]).toEqual([1, expect.stringContaining(reason)]);
    expect(await scratch.names()).not.toContain('refused.json');
  });

  it('exits with code 1 for a bundle with another key, a changed bundle, and an unsigned document', async () => {
    const others = await scratch.write('others.json', publisherKey('k1').jwks);
    expect((await ran(['verify', await signed(), '--keys', others])).code).toBe(1);
    const [header = '', , signature = ''] = (await scratch.read('mapping.jws')).split('.');
    const changed = Buffer.from('{"sequence":1,"roles":{}}').toString('base64url');
    expect((await verify(await scratch.write('changed.jws', `${header}.${changed}.${signature}`))).code).toBe(1);
    expect(await verify(fixture('mapping.yaml'), '--json')).toMatchObject({
      code: 1,
      json: { trusted: false, reason: 'it is not signed' },
    });
  });

  it('exits with code 1 for a bundle that has expired or has faults', async () => {
    const ended = await scratch.write('ended.json', { roles: {}, notAfter: '2020-01-01T00:00:00Z' });
    const bundle = scratch.path('ended.jws');
    await ran(['sign', ended, '--key', pem, '--kid', 'k1', '-o', bundle]);
    expect(await verify(bundle)).toMatchObject({ code: 1, out: expect.stringContaining('it expired at 2020-01-01') });
  });

  it('fetches keys from a URL, and exits with code 2 if that fails', async () => {
    const bundle = await signed();
    let answer = { status: 200, body: JSON.stringify({ keys: [null, ...key.jwks.keys, { kty: 'RSA', use: 'enc' }] }) };
    const server = await LoopbackServer.start((_, response) => void response.writeHead(answer.status).end(answer.body));
    const verified = () => ran(['verify', bundle, '--keys', `${server.url}/jwks`]);
    expect(await verified()).toMatchObject({ code: 0 });
    answer = { status: 500, body: '' };
    expect(await verified()).toMatchObject({ code: 2, err: expect.stringContaining('cannot be fetched: ') });
    answer = { status: 200, body: '{}' };
    expect(await verified()).toMatchObject({ code: 2, err: expect.stringContaining('contains neither a JWK Set') });
    await server.stop();
  });

  it('exits with code 2 for unusable keys', async () => {
    const bundle = await signed();
    for (const keys of [
      pem,
      fixture('mapping.yaml'),
      jwk,
      await scratch.write('empty.json', {}),
      'nowhere.json',
      'http://example.com/jwks',
    ]) {
      const { code, out, err } = await ran(['verify', bundle, '--keys', keys]);
      expect([code, out]).toEqual([2, '']);
      expect(err).not.toContain(key.jwk.d);
    }
  });
});
