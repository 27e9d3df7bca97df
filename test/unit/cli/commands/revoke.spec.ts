import { ran } from '../ran.js';
import { publisherKey, Scratch } from '../scratch.js';
import { RevocationPlace } from './revocation-place.js';

const ISSUER = 'https://id.acme.test';
const scratch = new Scratch();
let place: RevocationPlace;
beforeEach(async () => {
  place = await RevocationPlace.start();
});
afterEach(() => place.stop());

const revoke = (...args: readonly string[]) => ran(['revoke', ...args, '--to', place.url]);
const restore = (...args: readonly string[]) => ran(['restore', ...args, '--to', place.url]);
const CARL = ['subject', 'carl', '--issuer', ISSUER];
const HOUR = ['--expires-in', '1h'];

describe('nestjs-authz revoke', () => {
  it('revokes the tokens of a subject issued up to now', async () => {
    const before = Date.now();
    const { code, out, err } = await revoke(...CARL, ...HOUR, '--reason', 'left the company');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      new RegExp(
        `^Revoked: subject carl of ${ISSUER} issued until .{24}, rule kept until .{24}\\. Published to ${place.url}\\.\\n$`.replaceAll(
          '/',
          '\\/',
        ),
      ),
    );
    expect(place.entries).toMatchObject([
      { act: 'revoke', kind: 'subject', value: 'carl', issuer: ISSUER, reason: 'left the company' },
    ]);
    const { madeAt, issuedUntil, expiresAt } = place.last!;
    expect(madeAt).toBeGreaterThanOrEqual(before);
    expect(issuedUntil! * 1000).toBeGreaterThanOrEqual(before);
    expect(issuedUntil!).toBeLessThanOrEqual(Date.now() / 1000);
    expect(expiresAt).toBeGreaterThanOrEqual(madeAt / 1000 + 3600);
  });

  it('revokes all tokens with "revoke everything"', async () => {
    expect(await revoke('everything', ...HOUR)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Revoked: all tokens issued/),
    });
    expect(place.entries).toMatchObject([{ act: 'revoke', kind: 'everything', issuer: '', value: '' }]);
  });

  it('adds the operator to rules about many tokens by default', async () => {
    await revoke('everything', ...HOUR);
    expect(place.last!.by).toMatch(/^.+@.+$/);
    await revoke('client', 'web', '--issuer', ISSUER, ...HOUR, '--by', 'ops@acme.test');
    expect(place.last).toMatchObject({ kind: 'client', by: 'ops@acme.test' });
    await revoke(...CARL, ...HOUR);
    expect(place.last!.by).toBeUndefined();
    await restore('everything', '--by', 'anna', '--reason', 'a drill');
    expect(place.last).toMatchObject({ act: 'restore', by: 'anna', reason: 'a drill' });
    const { out } = await ran(['revocations', 'list', '--from', place.url]);
    expect(out).toMatch(/expires +by +reason\n/);
  });

  it('warns if the feed does not know the issuer', async () => {
    const answer = place.server.answer;
    place.server.answer = (request, response) => {
      if (request.method !== 'POST') {
        answer(request, response);
        return;
      }
      response.end(JSON.stringify({ refused: [], unknownIssuers: [{ issuer: `${ISSUER}/`, meant: ISSUER }] }));
    };
    const { code, err } = await revoke('issuer', `${ISSUER}/`, ...HOUR);
    expect(code).toBe(0);
    expect(err).toContain(`No tokens of the issuer "${ISSUER}/" are accepted there`);
    expect(err).toContain(`Did you mean "${ISSUER}"?`);
  });

  it('warns if other rules spell the issuer differently', async () => {
    await revoke(...CARL, ...HOUR);
    const { code, err } = await revoke('subject', 'dora', '--issuer', `${ISSUER}/`, ...HOUR);
    expect(code).toBe(0);
    expect(err).toContain(`Other rules of the feed are about ${ISSUER}.`);
  });

  it.each([
    [['session', 's1', '--issuer', ISSUER], { kind: 'session', value: 's1', issuer: ISSUER }],
    [['client', 'app', '--issuer', ISSUER], { kind: 'client', value: 'app' }],
    [['tenant', 'acme', '--issuer', ISSUER], { kind: 'tenant', value: 'acme' }],
    [['issuer', ISSUER], { kind: 'issuer', issuer: ISSUER, value: '' }],
    [['issuer', '--issuer', ISSUER], { kind: 'issuer', issuer: ISSUER }],
    [['token', 'j1', '--issuer', ISSUER, '--subject', 'carl'], { kind: 'token', value: 'j1', subject: 'carl' }],
  ])('revokes %j', async (args, entry) => {
    expect((await revoke(...args, ...HOUR)).code).toBe(0);
    expect(place.last).toMatchObject(entry);
  });

  it('rejects a day that does not exist', async () => {
    expect(await revoke(...CARL, ...HOUR, '--issued-until', '2026-02-31')).toMatchObject({ code: 2 });
  });

  it('accepts times in several formats', async () => {
    const args = ['--issued-until', '2026-01-31T12:00:00+01:00', '--expires-at', '2100-01-01'];
    const { json } = await revoke(...CARL, ...args, '--json');
    expect(json).toEqual({
      revoked: {
        kind: 'subject',
        value: 'carl',
        issuer: ISSUER,
        issuedUntil: Date.parse('2026-01-31T11:00:00Z') / 1000,
        expiresAt: Date.parse('2100-01-01T00:00:00Z') / 1000,
      },
      to: place.url,
    });
    await revoke(...CARL, '--issued-until', '1769860800', '--expires-in', '90s');
    expect(place.last!.issuedUntil).toBe(1_769_860_800);
    expect(place.last!.expiresAt).toBeCloseTo(Date.now() / 1000 + 90, -1);
  });

  it('dates a rule later than the existing rule, whatever the clock shows', async () => {
    const madeAt = Date.now() + 60_000;
    place.entries.push({
      act: 'restore',
      kind: 'subject',
      issuer: ISSUER,
      value: 'carl',
      expiresAt: madeAt / 1000 + 600,
      madeAt,
    });
    await revoke(...CARL, ...HOUR);
    expect(place.last).toMatchObject({ act: 'revoke', madeAt: madeAt + 1 });
  });

  it('verifies a signed list', async () => {
    const { pem, jwks } = publisherKey('k1');
    place.key = { key: String(pem), kid: 'k1' };
    expect(await revoke(...CARL, ...HOUR, '--keys', await scratch.write('jwks.json', jwks))).toMatchObject({ code: 0, err: '' });
  });

  it.each([
    [
      'is signed and no key is named',
      (there: RevocationPlace) => (there.key = { key: String(publisherKey('k1').pem), kid: 'k1' }),
    ],
    ['may not be read', (there: RevocationPlace) => (there.statuses.GET = 403)],
  ])('uses the local clock if the list of the server %s, and reports that', async (_name, arrange) => {
    arrange(place);
    const { code, err } = await revoke(...CARL, ...HOUR);
    expect([code, place.entries.length]).toEqual([0, 1]);
    expect(err).toMatch(/so only the clock of this machine was used: .*\.\n$/);
  });

  it('sends headers from environment variables', async () => {
    const args = ['revoke', ...CARL, ...HOUR, '--to', 'env:PLACE', '--header', 'authorization=env:AUTH'];
    expect((await ran(args, { env: { PLACE: place.url, AUTH: 'Bearer very-secret' } })).code).toBe(0);
    expect(place.server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer very-secret',
      'Bearer very-secret',
    ]);
  });

  it.each([
    [401, 'the token in --header was rejected'],
    [403, 'the token in --header needs the permission revocations:write'],
    [404, 'Set up RevocationServerModule there'],
    [500, 'POST answered 500'],
  ])('exits with code 2 if the server responds with %i', async (status, message) => {
    place.statuses.POST = status;
    const { code, out, err } = await revoke(...CARL, ...HOUR);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`The rule may not have been stored in ${place.url}: `);
    expect(err).toContain(message);
    expect(err).not.toMatch(/"headers"|readOnly|^ +at /m); // names of options of an application
  });

  it.each([
    [['subject', 'carl', ...HOUR], '--issuer is missing'],
    [['subject', '--issuer', ISSUER, ...HOUR], 'The id of the subject is missing. Write it after the kind: subject <value>.'],
    [['subject', '', '--issuer', ISSUER, ...HOUR], '"value" must be a string'],
    [['issuer', ...HOUR], 'The issuer is missing.'],
    [['issuer', ISSUER, '--issuer', 'https://other.test', ...HOUR], 'Two different issuers are given'],
    [['everything', 'x', ...HOUR], 'takes no value'],
    [['everything', '--issuer', ISSUER, ...HOUR], 'takes no --issuer'],
    [['user', 'carl', ...HOUR], 'Allowed choices are token, session, subject'],
    [CARL, '--expires-in is missing: write the longest lifetime of your access tokens, such as --expires-in 1h'],
    [[...CARL, ...HOUR, '--expires-at', '2100-01-01'], 'cannot be combined'],
    [[...CARL, '--expires-at', '2020-01-01'], '--expires-at is in the past'],
    [[...CARL, '--expires-in', '1'], 'such as 15m, 1h or 30d'],
    [[...CARL, '--expires-in', '0s'], 'such as 15m, 1h or 30d'],
    [[...CARL, '--expires-at', 'tomorrow'], 'such as 2026-01-31T12:00:00Z'],
    [[...CARL, '--expires-at', '2100-01-01T12:00'], 'such as 2026-01-31T12:00:00Z'],
    [[...CARL, '--expires-at', '2100-13-01'], 'such as 2026-01-31T12:00:00Z'],
    [[...CARL, '--expires-at', '4102444800000'], 'The time is in milliseconds'],
    [
      [...CARL, ...HOUR, '--issued-until', '2100-01-01'],
      '"issuedUntil" must be a moment in seconds since 1970, at most 300 seconds',
    ],
    [[...CARL, ...HOUR, '--subject', 'dora'], '"subject" must be left out of a rule of kind'],
    [['token', 'j1', '--issuer', ISSUER, ...HOUR, '--issued-until', '2026-01-01'], '"issuedUntil" must be left out'],
    [[...CARL, ...HOUR, '--reason', 'x'.repeat(201)], '"reason" must be a string of 1 to 200 characters'],
    [[...CARL, ...HOUR, '--redis-key', 'k'], '--redis-key requires a redis URL.'],
    [[...CARL, ...HOUR, '--keys', 'nowhere.json'], 'nowhere.json cannot be read'],
  ])('publishes nothing and exits with code 2 for %j', async (args, message) => {
    const { code, out, err } = await revoke(...args);
    expect([code, out, place.entries]).toEqual([2, '', []]);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^ +at /m);
  });

  it.each([
    ['mapping.yaml', [], '--to must be a redis URL, an https URL or env:NAME.'],
    ['http://authority.acme.test/revocations', [], '--to is an http URL: rules could be replaced in transit. Use https.'],
    ['https://user:very-secret@authority.acme.test/', [], '--to contains a password'],
    ['https://user@authority.acme.test/', [], 'must be a URL without credentials'],
    ['redis://:very-secret@127.0.0.1/0', [], '--to contains a password'],
    ['env:NOT_SET', [], 'The environment variable NOT_SET is not set.'],
    ['redis://127.0.0.1:1', ['--header', 'a=env:B'], '--header requires an https URL.'],
    ['redis://127.0.0.1:1', ['--keys', 'jwks.json'], '--keys requires an https URL.'],
    ['redis://127.0.0.1:1', [], 'Reaching Redis failed: connect ECONNREFUSED 127.0.0.1:1'],
    ['http://127.0.0.1:1', [], 'The rule may not have been stored in http://127.0.0.1:1/: bad port.'],
    ['https://127.0.0.1:1', ['--header', 'authorization=Bearer very-secret'], '--header must be written as name=env:NAME'],
  ])('exits with code 2 for the target %s %j, without a secret in the message', async (to, args, message) => {
    const { code, out, err } = await ran(['revoke', 'everything', ...HOUR, '--to', to, ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).not.toContain('very-secret');
  });
});

describe('nestjs-authz restore', () => {
  it('removes a rule with a later time and the same expiry', async () => {
    const madeAt = Date.now() + 60_000;
    const expiresAt = madeAt / 1000 + 10 * 86_400;
    const rule = {
      act: 'revoke',
      kind: 'subject',
      issuer: ISSUER,
      value: 'carl',
      issuedUntil: madeAt / 1000,
      expiresAt,
      madeAt,
    } as const;
    place.entries.push(rule);
    const { code, out, err } = await restore(...CARL);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`Rule removed: subject carl of ${ISSUER}. Published to ${place.url}.\n`);
    expect(place.last).toEqual({ act: 'restore', kind: 'subject', issuer: ISSUER, value: 'carl', expiresAt, madeAt: madeAt + 1 });
  });

  it('removes the rule about all tokens', async () => {
    await revoke('everything', ...HOUR);
    expect((await restore('everything', '--json')).json).toEqual({
      restored: { kind: 'everything' },
      wasKnown: true,
      to: place.url,
    });
  });

  it('reports that there was no such rule', async () => {
    expect(await restore(...CARL)).toMatchObject({ code: 0, err: expect.stringContaining('has no such rule') });
    expect(place.last).toMatchObject({ act: 'restore', value: 'carl' });
  });

  it('reports missing arguments', async () => {
    expect(await restore('subject', 'carl')).toMatchObject({ code: 2, err: expect.stringContaining('--issuer is missing') });
  });
});
