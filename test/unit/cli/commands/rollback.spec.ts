import { parse } from 'yaml';
import { LoopbackServer } from '../../../servers/loopback-server.js';
import { payloadOf } from '../../sources/http-bundle/signing-key.js';
import { fixture, ran } from '../ran.js';
import { publisherKey, Scratch } from '../scratch.js';

const scratch = new Scratch();
const key = publisherKey('k1');
let pem: string;
let jwks: string;
let bundle: string;
beforeAll(async () => {
  pem = await scratch.write('private.pem', key.pem);
  jwks = await scratch.write('jwks.json', key.jwks);
  bundle = scratch.path('before.jws');
  const terms = ['--issuer', 'authority', '--audience', 'orders', '--sequence', '7', '--valid-for', '60s'];
  await ran(['sign', fixture('mapping.yaml'), '--key', pem, '--kid', 'k1', ...terms, '-o', bundle]);
});
const rollback = (from: string, to: string, ...args: readonly string[]) =>
  ran(['rollback', from, '--keys', jwks, '--to', to, ...args]);

describe('the source that verify extracts from a bundle', () => {
  it.each([
    ['source.json', (text: string) => JSON.parse(text) as object],
    ['source.yaml', (text: string) => parse(text) as object],
  ])('is written to %s without the members that the publication added', async (name, read) => {
    expect((await ran(['verify', bundle, '--keys', jwks, '-o', scratch.path(name)])).code).toBe(0);
    const source = read(await scratch.read(name));
    expect(Object.keys(source).sort()).toEqual(['audience', 'issuer', 'permissions', 'revision', 'roles', 'tenants']);
    expect((await ran(['diff', scratch.path(name), fixture('mapping.yaml'), '--exit-code'])).code).toBe(0);
  });

  it('has no revision that was only the digest of the content', async () => {
    const document = await scratch.write('unnamed.json', { roles: { viewer: ['orders:read'] } });
    const { json } = await ran(['sign', document, '--key', pem, '--kid', 'k1', '--json']);
    const named = await scratch.write('named.json', { revision: json.revision, roles: { viewer: ['orders:read'] } });
    await ran(['sign', named, '--key', pem, '--kid', 'k1', '-o', scratch.path('named.jws')]);
    await ran(['verify', scratch.path('named.jws'), '--keys', jwks, '-o', scratch.path('out.json')]);
    expect(JSON.parse(await scratch.read('out.json'))).toEqual({ roles: { viewer: ['orders:read'] } });
  });
});

describe('nestjs-authz rollback', () => {
  it('publishes the source of an earlier bundle to the file of an authority', async () => {
    const to = await scratch.write('roles.yaml', 'roles: {}\n');
    const { code, out } = await rollback(bundle, to);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^Revision 2026-01 \(sequence 7, issued .*\) is written to .*roles\.yaml\.\n$/),
    ]);
    expect(parse(await scratch.read('roles.yaml'))).not.toHaveProperty('notAfter');
  });

  it('signs the document with --key, with a higher sequence and a new expiry', async () => {
    const to = scratch.path('published.jws');
    expect((await rollback(bundle, to, '--key', pem, '--kid', 'k1', '--valid-for', '30d')).code).toBe(0);
    const published = payloadOf((await scratch.read('published.jws')).trim()) as {
      sequence: number;
      issuedAt: string;
      notAfter: string;
    };
    expect(published).toMatchObject({ revision: '2026-01', issuer: 'authority', audience: ['orders'] });
    expect(published.sequence).toBeGreaterThan(7);
    expect(Date.parse(published.notAfter) - Date.parse(published.issuedAt)).toBe(30 * 86_400_000);
    expect((await ran(['verify', to, '--keys', jwks, '--audience', 'orders'])).code).toBe(0);
  });

  it('accepts an expired bundle', async () => {
    const ended = await scratch.write('ended.json', { roles: { a: ['b'] }, notAfter: '2020-01-01T00:00:00Z' });
    await ran(['sign', ended, '--key', pem, '--kid', 'k1', '-o', scratch.path('ended.jws')]);
    expect((await rollback(scratch.path('ended.jws'), scratch.path('revived.json'))).code).toBe(0);
    expect(JSON.parse(await scratch.read('revived.json'))).toEqual({ roles: { a: ['b'] } });
  });

  it('fetches the bundle with a header from an environment variable', async () => {
    const text = await scratch.read('before.jws');
    const asked: (string | undefined)[] = [];
    const server = await LoopbackServer.start((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(request.url === '/mapping/revisions/7' ? 200 : 404).end(text);
    });
    const args = ['--bundle-header', 'authorization=env:AUTH', '--keys', jwks];
    const get = (path: string) =>
      ran(['rollback', `${server.url}${path}`, ...args, '--to', scratch.path('fetched.json')], {
        env: { AUTH: 'Bearer very-secret' },
      });
    expect((await get('/mapping/revisions/7')).code).toBe(0);
    expect(asked).toEqual(['Bearer very-secret']);
    const missing = await get('/mapping/revisions/8');
    await server.stop();
    expect(missing).toMatchObject({
      code: 2,
      err: expect.stringMatching(/The bundle at http:\/\/127\..*\/mapping\/revisions\/8 cannot be fetched: answered 404/),
    });
    expect(missing.err).not.toContain('very-secret');
  });

  it('does not publish a bundle with a wrong signature, or one that a service would refuse', async () => {
    const others = await scratch.write('others.json', publisherKey('k1').jwks);
    const to = await scratch.write('kept.yaml', 'old');
    expect(await ran(['rollback', bundle, '--keys', others, '--to', to])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Not rolled back: '),
    });
    expect((await rollback(fixture('mapping.yaml'), to)).err).toContain('Not rolled back: it is not signed');
    expect(await scratch.read('kept.yaml')).toBe('old');
  });

  it.each([
    [['--key', 'x'], 'Signing needs --key and --kid'],
    [['--valid-for', '30d'], 'Signing needs --key and --kid'],
    [['--bundle-header', 'a=env:B'], '--bundle-header is for the https URL of a bundle'],
    [['--header', 'a=env:B'], '--header requires an https URL'],
  ])('exits with code 2 for %j', async (args, message) => {
    expect(await rollback(bundle, scratch.path('never.yaml'), ...args)).toMatchObject({
      code: 2,
      err: expect.stringContaining(message),
    });
    expect(await scratch.names()).not.toContain('never.yaml');
  });

  it('warns that a document sent to a URL is not signed', async () => {
    const server = await LoopbackServer.start((_, response) => void response.writeHead(204).end());
    const { code, err } = await rollback(bundle, `${server.url}/mapping`);
    await server.stop();
    expect([code, err]).toEqual([0, expect.stringContaining('The document is not signed')]);
  });
});

describe('notAfter in the source document', () => {
  it('is reported by sign and publish', async () => {
    const document = await scratch.write('ends.json', { roles: { a: ['b'] }, notAfter: '2999-01-01T00:00:00Z' });
    const signed = scratch.path('ends.jws');
    const { err } = await ran(['sign', document, '--key', pem, '--kid', 'k1', '-o', signed]);
    expect(err).toContain('The bundle expires at 2999-01-01T00:00:00Z, because the document has this time in "notAfter"');
    expect((await ran(['sign', document, '--key', pem, '--kid', 'k1', '--valid-for', '1d', '-o', signed])).err).toBe('');
    expect((await ran(['publish', document, '--to', scratch.path('put.json')])).out).toContain(
      'It expires at 2999-01-01T00:00:00Z.',
    );
  });
});
