import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmod, stat, symlink } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { fixture, ran } from '../ran.js';
import { publisherKey, Scratch } from '../scratch.js';

const scratch = new Scratch();
const publish = (to: string, ...args: readonly string[]) => ran(['publish', fixture('mapping.yaml'), '--to', to, ...args]);

/** Starts a server that responds to every request with one status and records the requests. */
async function serverOf(status: number, headers: Record<string, string> = {}) {
  const asked: { method?: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      asked.push({ method: request.method, headers: request.headers, body });
      response.writeHead(status, headers).end('secret-token-echoed');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mapping?v=1`;
  return { url, asked, stop: () => new Promise((resolve) => server.close(resolve)) };
}

describe('nestjs-authz publish', () => {
  it('writes a file atomically, and keeps its mode and a symbolic link to it', async () => {
    const file = await scratch.write('mapping.yaml', 'old');
    await chmod(file, 0o640);
    await symlink(file, scratch.path('link.yaml'));
    const link = scratch.path('link.yaml');
    expect(await publish(link)).toMatchObject({ code: 0, out: `test/fixtures/cli/mapping.yaml is written to ${link}.\n` });
    expect(await scratch.read('mapping.yaml')).toContain("revision: '2026-01'");
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await publish(pathToFileURL(scratch.path('by url.yaml')).href)).code).toBe(0);
    expect((await scratch.names()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('does not publish a document that a service would refuse, and reports the reason', async () => {
    const file = await scratch.write('kept.yaml', 'old');
    const { code, out } = await ran(['publish', fixture('broken.yaml'), '--to', file]);
    expect([code, out]).toEqual([1, expect.stringMatching(/^Not published\. .*2 faults, 0 warnings\n {2}fault {4}roles\.clerk/)]);
    expect((await ran(['publish', fixture('broken.yaml'), '--to', file, '--json'])).json).toMatchObject({ published: false });
    expect(await scratch.read('kept.yaml')).toBe('old');
  });

  it('publishes a document with warnings, and prints them', async () => {
    const { code, err } = await ran(['publish', fixture('doubtful.yaml'), '--to', scratch.path('doubtful.yaml')]);
    expect([code, err]).toEqual([0, expect.stringContaining('[empty_role]')]);
  });

  it('checks the document in a signed bundle, and its signature with --keys', async () => {
    const { pem, jwks } = publisherKey('k1');
    const bundle = scratch.path('mapping.jws');
    await ran(['sign', fixture('mapping.yaml'), '--key', await scratch.write('key.pem', pem), '--kid', 'k1', '-o', bundle]);
    const to = scratch.path('published.jws');
    expect((await ran(['publish', bundle, '--to', to, '--keys', await scratch.write('jwks.json', jwks)])).code).toBe(0);
    expect(await scratch.read('published.jws')).toBe(await scratch.read('mapping.jws'));
    const others = await scratch.write('others.json', publisherKey('k1').jwks);
    expect(await ran(['publish', bundle, '--to', to, '--keys', others])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Not published: '),
    });
    const payload = Buffer.from('{"roles":{"a":["b c"]}}').toString('base64url');
    expect((await ran(['publish', await scratch.write('bad.jws', `e30.${payload}.e30`), '--to', to])).code).toBe(1);
    const noText = Buffer.from([0xff, 0xfe]).toString('base64url');
    expect((await ran(['publish', await scratch.write('bad.jws', `e30.${noText}.e30`), '--to', to])).code).toBe(2);
  });

  it('sends it to a URL, with headers from environment variables', async () => {
    const server = await serverOf(204);
    const args = ['publish', fixture('mapping.yaml'), '--to', server.url, '--header', 'authorization=env:AUTH'];
    const { code, out, err } = await ran(args, { env: { AUTH: 'Bearer very-secret' } });
    await server.stop();
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/mapping\.yaml is put at http:\/\/127\.0\.0\.1:\d+\/mapping \(204\)\.\n$/);
    expect(server.asked).toMatchObject([
      {
        method: 'PUT',
        headers: { authorization: 'Bearer very-secret', 'content-type': 'application/yaml' },
        body: expect.stringContaining('viewer'),
      },
    ]);
  });

  it.each([
    ['{"roles":{}}', 'application/json'],
    [`e30.${Buffer.from('{"roles":{}}').toString('base64url')}.e30`, 'application/jose'],
  ])('sends the content type of %s', async (text, type) => {
    const server = await serverOf(200);
    const { code } = await ran(['publish', '-', '--to', server.url], { stdin: text });
    await server.stop();
    expect([code, server.asked[0]?.headers['content-type']]).toEqual([0, type]);
  });

  it.each([
    [401, {}],
    [500, {}],
    [307, { location: '/elsewhere' }],
  ])('exits with code 2 if the server responds with %i', async (status, headers) => {
    const server = await serverOf(status, headers);
    const { code, out, err } = await publish(server.url);
    await server.stop();
    expect([code, out, server.asked.length]).toEqual([2, '', 1]);
    expect(err).toMatch(new RegExp(`PUT http://127.0.0.1:\\d+/mapping answered ${status}`));
    expect(err).not.toContain('secret-token-echoed');
  });

  it.each([
    ['http://example.com/mapping', [], 'Use https.'],
    ['https://user@example.com/mapping', [], 'must be a URL without credentials'],
    ['https://user:very-secret@example.com/mapping', [], 'contains a password'],
    ['redis://:very-secret@127.0.0.1/0', [], 'contains a password'],
    ['env:NOT_SET', [], 'The environment variable NOT_SET is not set.'],
    ['ftp://example.com/mapping', [], 'got another kind of URL'],
    ['https://', [], '--to must be a URL'],
    ['https://example.com/', ['--header', 'authorization=Bearer very-secret'], '--header must be written as name=env:NAME'],
    ['https://example.com/', ['--header', 'authorization: Bearer very-secret'], '--header must be written as name=env:NAME'],
    ['https://example.com/', ['--header', 'authorization=env:NOT_SET'], 'The environment variable NOT_SET is not set.'],
    ['somewhere.yaml', ['--header', 'a=env:B'], '--header requires an https URL.'],
    ['.', [], 'cannot be written: it is not a file.'],
    ['nowhere/mapping.yaml', [], 'nowhere/mapping.yaml cannot be written: no such file or directory.'],
    ['', [], 'A file to write needs a name, got "".'],
    ['-', [], 'A file to write needs a name, got "-".'],
  ])('exits with code 2 for the target %s %j, without a secret in the message', async (to, args, message) => {
    const { code, out, err } = await publish(to, ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).not.toContain('very-secret');
  });

  it.each(['very-secret\nx: y', 'very-secret\u0000', 'very-secret\u00e9'])(
    'refuses the header %j without showing it',
    async (AUTH) => {
      const args = ['publish', fixture('mapping.yaml'), '--to', 'https://127.0.0.1:1/', '--header', 'authorization=env:AUTH'];
      const { code, err } = await ran(args, { env: { AUTH } });
      expect([code, err]).toEqual([2, expect.stringContaining('The value in env:AUTH cannot be sent as a header')]);
      expect(err).not.toContain('very-secret');
    },
  );

  it('exits with code 2 if the server is unreachable', async () => {
    const server = await serverOf(200);
    await server.stop();
    expect(await publish(server.url)).toMatchObject({ code: 2, err: expect.stringContaining('failed: ECONNREFUSED.') });
    const port = new URL(server.url).port;
    const redis = await ran(['publish', fixture('mapping.yaml'), '--to', 'env:REDIS'], {
      env: { REDIS: `redis://:very-secret@127.0.0.1:${port}` },
    });
    expect(redis).toMatchObject({ code: 2, err: expect.stringContaining('Publishing to Redis failed: ') });
    expect(redis.err).not.toContain('very-secret');
  });

  it('refuses to publish a signed bundle to Redis, which cannot verify it', async () => {
    const stdin = `e30.${Buffer.from('{"roles":{}}').toString('base64url')}.e30`;
    expect(await ran(['publish', '-', '--to', 'redis://127.0.0.1:1'], { stdin })).toMatchObject({
      code: 2,
      err: expect.stringContaining('reads documents, not signed bundles'),
    });
  });
});
