import type { RevocationEntry } from '../../../../lib/revocation/index.js';
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

const list = (...args: readonly string[]) => ran(['revocations', 'list', '--from', place.url, ...args]);
const END = Date.parse('2100-01-01T00:00:00Z') / 1000;
const rule = (value: string, more: Partial<RevocationEntry> = {}): RevocationEntry => ({
  act: 'revoke',
  kind: 'subject',
  issuer: ISSUER,
  value,
  issuedUntil: Date.parse('2026-01-31T12:00:00Z') / 1000,
  expiresAt: END,
  madeAt: 1_769_860_800_000,
  ...more,
});
const STOP = rule('', { kind: 'everything', issuer: '', reason: 'signing key leaked' });
const TOKEN: RevocationEntry = { act: 'revoke', kind: 'token', issuer: 'https://b.test', value: 'j1', expiresAt: END, madeAt: 1 };

describe('nestjs-authz revocations list', () => {
  it('lists the rules in force, the widest first', async () => {
    place.entries.push(TOKEN, rule('carl', { reason: 'left' }), STOP);
    const { code, out, err } = await list();
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n')).toEqual([
      `${place.url}: 3 rules in force`,
      '',
      'kind        value  issuer                issued until              expires                   reason',
      'everything  -      -                     2026-01-31T12:00:00.000Z  2100-01-01T00:00:00.000Z  "signing key leaked"',
      'subject     carl   https://id.acme.test  2026-01-31T12:00:00.000Z  2100-01-01T00:00:00.000Z  left',
      'token       j1     https://b.test        -                         2100-01-01T00:00:00.000Z  -',
      '',
    ]);
  });

  it('leaves out rules that have expired or were removed', async () => {
    place.entries.push(rule('carl'), rule('carl', { act: 'restore', madeAt: 1_769_860_800_001 }));
    place.entries.push(rule('dora', { expiresAt: Date.now() / 1000 - 1 }));
    expect((await list()).out).toBe(`${place.url}: no matching rule is in force.\n`);
  });

  it.each([
    [['--kind', 'token'], ['j1']],
    [
      ['--issuer', ISSUER],
      ['carl', 'dora'],
    ],
    [['--issuer', ISSUER, '--kind', 'token'], []],
    [[], [undefined, 'carl', 'dora', 'j1']],
  ])('filters the rules by %j', async (args, values) => {
    place.entries.push(TOKEN, rule('carl'), rule('dora'), STOP);
    const { json } = await list(...args, '--json');
    expect(json).toMatchObject({ from: place.url, count: values.length, skipped: 0 });
    expect((json as { rules: { value?: string }[] }).rules.map(({ value }) => value)).toEqual(values);
  });

  it('prints the members of rules as JSON', async () => {
    place.entries.push(rule('carl', { reason: 'left' }));
    const { act, madeAt, ...listed } = rule('carl', { reason: 'left' });
    expect((await list('--json')).json).toMatchObject({ rules: [listed] });
    expect([act, madeAt]).toBeDefined();
  });

  it('lists at most --limit rules, and prints the total', async () => {
    place.entries.push(rule('a'), rule('b'), rule('c'));
    const { out } = await list('--limit', '2');
    expect(out).toMatch(/3 rules in force\n/);
    expect(out).toMatch(/\n… and 1 more \(--limit\)\n$/);
  });

  it('escapes names that others wrote', async () => {
    place.entries.push(rule('a\u001b[2Jb'));
    const { out } = await list();
    expect(out).not.toContain('\u001b');
    expect(out).toContain('"a\\u001b[2Jb"');
  });

  it('prints the number of invalid rules', async () => {
    place.entries.push(rule('a'), { ...rule('b'), kind: 'user' as never });
    place.server.answer = (_, response) => void response.end(JSON.stringify({ revocations: [rule('a'), 7, {}] }));
    expect(await list()).toMatchObject({ code: 0, err: 'Skipped 2 invalid rules.\n' });
  });

  it('verifies a signed list and rejects an unsigned or wrongly signed list', async () => {
    const { pem, jwks } = publisherKey('k1');
    const keys = await scratch.write('jwks.json', jwks);
    place.entries.push(rule('carl'));
    expect(await list('--keys', keys)).toMatchObject({ code: 2, err: expect.stringContaining('it is not signed') });
    place.key = { key: String(pem), kid: 'k1' };
    expect(await list('--keys', keys)).toMatchObject({ code: 0, out: expect.stringContaining('1 rule in force') });
    expect(await list()).toMatchObject({
      code: 2,
      err: expect.stringContaining('it is signed: pass the public keys with --keys'),
    });
    const others = await scratch.write('others.json', publisherKey('k1').jwks);
    expect(await list('--keys', others)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('its signature is not accepted'),
    });
  });

  it.each([
    [['--from', 'http://127.0.0.1:1/x'], 'http://127.0.0.1:1/x cannot be read: '],
    [['--from', 'redis://127.0.0.1:1'], 'Reaching Redis failed: connect ECONNREFUSED'],
    [['--from', 'rules.json'], '--from must be a redis URL, an https URL or env:NAME.'],
    [['--from', 'redis://127.0.0.1:1', '--kind', 'user'], 'Allowed choices are token'],
    [['--from', 'redis://127.0.0.1:1', '--limit', '0'], 'It must be a whole number'],
    [[], "required option '--from <source>' not specified"],
  ])('exits with code 2 for %j', async (args, message) => {
    const { code, out, err } = await ran(['revocations', 'list', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^ +at /m);
  });
});
