import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  httpRevocations,
  signRevocations,
  verifyBundle,
  type HttpRevocationsOptions,
} from '../../lib/sources/http-bundle/index.js';
import { Authenticated, Revocations } from '../../lib/index.js';
import { RevocationServerModule } from '../../lib/servers/mapping-server/index.js';
import { serializeEntry, type RevocationEntry, type RevocationSetup } from '../../lib/revocation/index.js';
import type { AuthzTestApp } from '../../lib/testing/index.js';
import { LoopbackServer, status } from '../servers/loopback-server.js';
import { relayTo } from '../servers/relay.js';
import { MemoryFeed } from '../unit/revocation/memory-feed.js';
import { newKey, payloadOf } from '../unit/sources/http-bundle/signing-key.js';
import { until } from '../waiting/until.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters, OPTIONS } from './on-both-adapters.js';

const key = newKey('k1');
const SIGNING = { signingKey: key.key, kid: 'k1' };
const MAPPING = {
  roles: { reader: ['revocations:read'], writer: ['revocations:write'], service: ['revocations:read', 'revocations:write'] },
};
const folder = mkdtempSync(join(tmpdir(), 'authz-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}`);

@Controller('orders')
class Orders {
  @Get() @Authenticated() list() {
    return 'in';
  }
}

const entryOf = (value: string, more: Partial<RevocationEntry> = {}): RevocationEntry => ({
  act: 'revoke',
  kind: 'subject',
  issuer: OPTIONS.issuer,
  value,
  issuedUntil: Date.now() / 1000 + 60, // includes tokens that the test makes later
  expiresAt: Date.now() / 1000 + 600,
  madeAt: Date.now(),
  ...more,
});
const entriesIn = (text: string) => (payloadOf(text) as { revocations: RevocationEntry[] }).revocations;
const published = (text: string) => entriesIn(text).map(({ value }) => value);

onBothAdapters(({ start, newAdapter, closeLater }) => {
  const startAuthority = (revocation: RevocationSetup = { feed: null }): Promise<AuthzTestApp> =>
    start(
      { imports: [RevocationServerModule.forRoot(SIGNING)], controllers: [Orders] },
      { mapping: MAPPING, maxTokenLifetimeSeconds: 600, revocation },
      new CapturedLog().here,
    );
  const urlOf = (app: AuthzTestApp) => app.app.getUrl();

  describe('a revocation server', () => {
    let app: AuthzTestApp;
    beforeAll(async () => {
      app = await startAuthority();
    });
    const post = (body: object, role = 'writer') => app.as(role).post('/revocations').send(body);
    const holds = (value: string) =>
      until(async () => published((await app.as('reader').get('/revocations')).text).includes(value));

    it('can be read with revocations:read and written with revocations:write only', async () => {
      for (const path of ['/revocations', '/revocations/changes']) {
        await app.anonymous().get(path).expect(401);
        await app.as('writer').get(path).expect(403);
      }
      await app.anonymous().post('/revocations').send({ revocations: [] }).expect(401);
      await post({ revocations: [entryOf('mallory')] }, 'reader').expect(403);
      await app.as('reader').get('/revocations').expect(200);
    });

    it('publishes the rules in force, signed, with a strong ETag', async () => {
      await app.app.get(Revocations).revoke({ kind: 'subject', value: 'own', reason: 'left' });
      await holds('own');
      const { headers, text } = await app.as('reader').get('/revocations').expect(200);
      expect(headers['content-type']).toMatch(/^application\/jose/);
      expect(headers['etag']).toMatch(/^"[\w-]+"$/);
      expect(headers['cache-control']).toBe('private, no-cache');
      await expect(verifyBundle(text, { keys: [key.jwk] })).rejects.toThrow('not "authz-mapping+jws"');
      expect(payloadOf(text)).toMatchObject({
        sequence: expect.any(Number) as number,
        issuedAt: expect.any(String) as string,
        revocations: [{ act: 'revoke', kind: 'subject', value: 'own', issuer: OPTIONS.issuer, reason: 'left' }],
      });
    });

    it('answers 304 to a client that has it, and the document to one that has another', async () => {
      const { headers, text } = await app.as('reader').get('/revocations').expect(200);
      const etag = headers['etag']!;
      const answer = await app.as('reader').get('/revocations').set('If-None-Match', etag).expect(304);
      expect([answer.text, answer.headers['etag']]).toEqual(['', etag]);
      expect((await app.as('reader').get('/revocations').set('If-None-Match', '"x"').expect(200)).text).toBe(text);
    });

    it('puts posted rules in force, and notifies its listeners', async () => {
      const headers = { authorization: `Bearer ${app.token({ roles: ['reader'] })}` };
      const stream = await fetch(`${await urlOf(app)}/revocations/changes`, { headers });
      expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
      const reader = stream.body!.getReader();
      const before = await app.as('reader').get('/revocations');
      const carl = app.token({ sub: 'carl' });
      await app.withToken(carl).get('/orders').expect(200);

      await post({ revocations: [entryOf('carl'), serializeEntry(entryOf('dora'))] }).expect(200);
      await app.withToken(carl).get('/orders').expect(401);
      let received = '';
      while (!received.includes('data: revocations')) received += Buffer.from((await reader.read()).value).toString();
      await reader.cancel();
      const after = await app.as('reader').get('/revocations').expect(200);
      expect(published(after.text)).toEqual(expect.arrayContaining(['carl', 'dora']));
      expect(after.headers['etag']).not.toBe(before.headers['etag']);
      const sequences = [before, after].map(({ text }) => (payloadOf(text) as { sequence: number }).sequence);
      expect(sequences[1]).toBeGreaterThan(sequences[0]!);
    });

    it('publishes that a rule was removed', async () => {
      await post({ revocations: [entryOf('eve')] }).expect(200);
      await holds('eve');
      const eve = app.token({ sub: 'eve' });
      await app.withToken(eve).get('/orders').expect(401);
      await post({ revocations: [entryOf('eve', { act: 'restore', madeAt: Date.now() + 1 })] }).expect(200);
      await app.withToken(eve).get('/orders').expect(200);
      await until(async () => {
        const { text } = await app.as('reader').get('/revocations');
        return entriesIn(text).some(({ act, value }) => act === 'restore' && value === 'eve');
      });
    });

    it.each<[string, unknown, number, string]>([
      ['no list', { revocation: [] }, 400, 'The body must be JSON with a list \\"revocations\\"'],
      ['a list alone', [], 400, 'The body must be JSON with a list'],
      [
        'an invalid entry',
        { revocations: [{ ...entryOf('x'), kind: 'user' }, 7] },
        400,
        '\\"revocations[0]\\" is not a valid entry: \\"kind\\" is \\"user\\"',
      ],
      ['a stand-in', { revocations: [entryOf('x', { standsIn: true })] }, 400, 'a stand-in is valid in its own process only'],
      ['1001 entries', { revocations: [entryOf('frank'), ...Array<number>(1000).fill(7)] }, 413, 'more than the 1000'],
      ['2 MB', { revocations: [entryOf('frank'), 'x'.repeat(2_000_000)] }, 413, ''],
    ])('accepts nothing of a body with %s', async (_name, given, code, message) => {
      const { text } = await post(given as object).expect(code);
      expect(text.replaceAll('\\\\"', '\\"')).toContain(message);
      await app
        .withToken(app.token({ sub: 'frank' }))
        .get('/orders')
        .expect(200);
    });

    it('accepts the valid entries of a body, and lists the others', async () => {
      const given = [{ ...entryOf('x'), kind: 'user' }, entryOf('gina'), entryOf('x', { standsIn: true })];
      const { body } = await post({ revocations: given }).expect(200);
      expect((body as { refused: { index: number }[] }).refused.map(({ index }) => index)).toEqual([0, 2]);
      await app
        .withToken(app.token({ sub: 'gina' }))
        .get('/orders')
        .expect(401);
    });

    it('accepts no request without a body, and none in another format', async () => {
      await app.as('writer').post('/revocations').expect(400);
      const { status: code } = await app.as('writer').post('/revocations').set('Content-Type', 'application/json').send('{"rev');
      expect(code).toBe(400);
    });
  });

  it('can be made by a factory, at another path', async () => {
    const module = RevocationServerModule.forRootAsync({
      path: 'authority/revoked',
      useFactory: () => Promise.resolve(SIGNING),
    });
    const app = await start({ imports: [module] }, { mapping: MAPPING, revocation: { feed: null } });
    await app.anonymous().get('/authority/revoked').expect(401);
    await app.as('reader').get('/authority/revoked').expect(200);
    await app.as('reader').get('/revocations').expect(404);
  });

  it('does not start without the guard, or without the option "revocation"', async () => {
    @Module({ imports: [RevocationServerModule.forRoot(SIGNING)] })
    class Open {}
    const error: unknown = await Test.createTestingModule({ imports: [Open] })
      .setLogger(new CapturedLog())
      .compile()
      .then((compiled) => closeLater(compiled.createNestApplication(newAdapter())).init())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'AuthzConfigError', code: 'AUTHZ_REVOCATION_SERVER_OPEN' });
    await expect(
      start({ imports: [RevocationServerModule.forRoot(SIGNING)] }, { mapping: MAPPING }, new CapturedLog().here),
    ).rejects.toMatchObject({ code: 'AUTHZ_REVOCATION_SERVER_OFF', message: expect.stringContaining('feed: null') as string });
  });

  it.each<[object | undefined, string]>([
    [undefined, 'AUTHZ_REVOCATION_SERVER'],
    [{ kid: 'k1' }, 'AUTHZ_BUNDLE_KEY'],
    [{ signingKey: key.key }, 'AUTHZ_BUNDLE_KID'],
    [{ ...SIGNING, issuer: 'x' }, 'AUTHZ_UNKNOWN_OPTION'],
  ])('does not start with %j', async (options, code) => {
    const module = RevocationServerModule.forRootAsync({ useFactory: () => options as typeof SIGNING });
    await expect(
      start({ imports: [module] }, { mapping: MAPPING, revocation: { feed: null } }, new CapturedLog().here),
    ).rejects.toMatchObject({ code });
    expect(() => RevocationServerModule.forRoot({ ...SIGNING, path: ' ' })).toThrow('"path" must be a path');
  });

  it('publishes nothing until its own rules are loaded', async () => {
    const feed = new MemoryFeed();
    feed.isDown = true;
    const app = await startAuthority({ feed, pollIntervalSeconds: 1 });
    await app.as('reader').get('/revocations').expect(503);
    feed.isDown = false;
    feed.entries.push(serializeEntry(entryOf('carl')));
    await until(async () => (await app.as('reader').get('/revocations')).status === 200);
    expect(published((await app.as('reader').get('/revocations')).text)).toEqual(['carl']);
  });

  it('publishes posted rules to its own feed', async () => {
    const feed = new MemoryFeed();
    const app = await startAuthority({ feed });
    const carl = entryOf('carl');
    await app
      .as('writer')
      .post('/revocations')
      .send({ revocations: [carl] })
      .expect(200);
    await until(() => feed.entries.length > 0);
    expect(feed.entries.map((text) => JSON.parse(String(text)) as unknown)).toEqual([carl]);
    await app
      .as('writer')
      .post('/revocations')
      .send({ revocations: [carl] })
      .expect(200);
    expect(feed.entries).toHaveLength(1);
  });

  describe('services and their authority', () => {
    let authority: AuthzTestApp;
    let way: LoopbackServer;
    beforeEach(async () => {
      authority = await startAuthority();
      way = await LoopbackServer.start(relayTo(await urlOf(authority)));
    });
    afterEach(() => way.stop());

    const feedOf = (options: Partial<HttpRevocationsOptions> = {}) =>
      httpRevocations({
        url: `${way.url}/revocations`,
        changes: `${way.url}/revocations/changes`,
        headers: () => ({ authorization: `Bearer ${authority.token({ roles: ['service'] })}` }),
        signature: { keys: [key.jwk] },
        ...options,
      });
    const startService = (revocation: Partial<RevocationSetup> = {}, log = new CapturedLog()): Promise<AuthzTestApp> =>
      start(
        Orders,
        { maxTokenLifetimeSeconds: 600, revocation: { feed: feedOf(), pollIntervalSeconds: 3600, ...revocation } },
        log.here,
      );
    const answers = (app: AuthzTestApp, sub: string, code: number) =>
      until(async () => (await app.withToken(app.token({ sub })).get('/orders')).status === code);

    it('refuse what any of them revoked, and accept what it restored', async () => {
      // The poll interval is an hour, so only a notice can have caused the request.
      const [a, b] = await Promise.all([startService(), startService()]);
      const refusedEverywhere = async (sub: string, code = 401) => {
        await Promise.all([a, b, authority].map((app) => answers(app, sub, code)));
      };
      const receipt = await a.app
        .get(Revocations)
        .revoke({ kind: 'subject', value: 'carl', issuedUntil: Date.now() / 1000 + 60 });
      expect(receipt.spread).toBe(true);
      await refusedEverywhere('carl');
      await b.app.get(Revocations).revoke({ kind: 'subject', value: 'dora', issuedUntil: Date.now() / 1000 + 60 });
      await refusedEverywhere('dora');
      await authority.app.get(Revocations).revoke({ kind: 'subject', value: 'eve', issuedUntil: Date.now() / 1000 + 60 });
      await refusedEverywhere('eve');
      await b.app.get(Revocations).restore({ kind: 'subject', value: 'carl' });
      await refusedEverywhere('carl', 200);
      await until(() => [a, b].every(({ app }) => app.get(Revocations).status().unspread === 0));
    });

    it('go on without it, and publish what it missed', async () => {
      const diskCopy = newFile();
      const a = await startService({ diskCopy, pollIntervalSeconds: 1 });
      const b = await startService({ pollIntervalSeconds: 1 });
      const inAMinute = () => Date.now() / 1000 + 60;
      await a.app.get(Revocations).revoke({ kind: 'subject', value: 'carl', issuedUntil: inAMinute() });
      await answers(b, 'carl', 401);

      await authority.app.close();
      way.answer = (_, response) => void response.destroy();
      const receipt = await a.app.get(Revocations).revoke({ kind: 'subject', value: 'dora', issuedUntil: inAMinute() });
      expect(receipt.spread).toBe(false);
      await answers(a, 'carl', 401);
      await answers(a, 'dora', 401);
      await answers(b, 'carl', 401);
      await answers(b, 'dora', 200);

      await until(() => readFileSync(diskCopy, 'utf8').includes('"confirmedAt"'));
      await a.app.close();
      const restarted = await startService({ diskCopy, pollIntervalSeconds: 1 });
      await answers(restarted, 'carl', 401);
      await answers(restarted, 'dora', 401);
      await answers(restarted, 'else', 200);

      // It comes back without its data.
      authority = await startAuthority();
      way.answer = relayTo(await urlOf(authority));
      for (const app of [authority, b, restarted]) for (const sub of ['carl', 'dora']) await answers(app, sub, 401);
    }, 30_000);

    it('answer 503 without rules from it or from a disk', async () => {
      way.answer = status(503);
      const service = await startService({ pollIntervalSeconds: 1 });
      await service.withToken(service.token()).get('/orders').expect(503);
      way.answer = relayTo(await urlOf(authority));
      await answers(service, 'else', 200);
    });

    it('ignore documents of another signer, and older ones', async () => {
      const log = new CapturedLog();
      const service = await startService({ pollIntervalSeconds: 1 }, log);
      await service.app.get(Revocations).revoke({ kind: 'subject', value: 'carl', issuedUntil: Date.now() / 1000 + 60 });
      await answers(service, 'carl', 401);
      const forged = await signRevocations(
        [
          serializeEntry(entryOf('', { kind: 'everything', issuer: '', issuedUntil: Date.now() / 1000 + 60 })),
          serializeEntry(entryOf('carl', { act: 'restore', madeAt: Date.now() + 60_000 })),
        ],
        { key: newKey('k1').key, kid: 'k1', sequence: Date.now() + 60_000 },
      );
      const older = await signRevocations([], { key: key.key, kid: 'k1', sequence: 1 });
      for (const [text, line] of [
        [forged, /its signature is not accepted/],
        [older, /it is older than an earlier response/],
        ['{"revocations":[]}', /it is not signed/],
      ] as const) {
        way.answer = (_, response) => void response.end(text);
        await log.line(line);
        await answers(service, 'carl', 401);
        await answers(service, 'else', 200);
      }
    }, 30_000);

    it('log which permission is missing', async () => {
      const log = new CapturedLog();
      const headers = () => ({ authorization: `Bearer ${authority.token({ roles: ['reader'] })}` });
      const service = await startService({ feed: feedOf({ headers }) }, log);
      const receipt = await service.app.get(Revocations).revoke({ kind: 'subject', value: 'carl' });
      expect(receipt.spread).toBe(false);
      expect(await log.line(/needs the permission revocations:write/)).toMatch(/^ERROR /);
    });
  });
});
