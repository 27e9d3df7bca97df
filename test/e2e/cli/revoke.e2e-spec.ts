import { Redis } from 'ioredis';
import { redisRevocations } from '../../../lib/sources/redis/index.js';
import { parseRevocationSettings, Revocations } from '../../../lib/revocation/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { ran } from '../../unit/cli/ran.js';
import { until } from '../../waiting/until.js';

const ISSUER = 'https://id.acme.test';
const HOUR = ['--expires-in', '1h'];

describeWhereInstalled('redis-server')('nestjs-authz revoke in Redis', () => {
  let server: RedisServer;
  let client: Redis;
  let service: Revocations;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
    const settings = parseRevocationSettings(
      { feed: redisRevocations({ client }), pollIntervalSeconds: 3600, maxStalenessSeconds: 86_400 },
      { issuer: ISSUER, maxTokenLifetimeSeconds: 3600, clockToleranceSeconds: 5 },
    );
    service = new Revocations(settings);
    await service.start();
    await until(async () => (await client.pubsub('NUMSUB', 'authz:revocations'))[1] === 1);
  });
  afterAll(async () => {
    await service.stop();
    client.disconnect();
    await server.stop();
  });
  const values = () => service.list().map(({ kind, value }) => value ?? kind);

  it('reaches a subscribed service, and is removed by restore', async () => {
    const carl = ['subject', 'carl', '--issuer', ISSUER, '--to', server.url];
    const { code, out, err } = await ran(['revoke', ...carl, ...HOUR]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^Revoked: subject carl of https:\/\/id\.acme\.test issued until .* Published to redis:authz:revocations\.\n$/,
    );
    await until(() => values().includes('carl'));
    expect((await ran(['restore', ...carl])).code).toBe(0);
    await until(() => !values().includes('carl'));
  });

  it('revokes all tokens in an emergency', async () => {
    const env = { REDIS_URL: server.url };
    const stop = ['revoke', 'everything', '--to', 'env:REDIS_URL', ...HOUR, '--reason', 'signing key leaked'];
    expect((await ran(stop, { env })).code).toBe(0);
    await until(() => values().includes('everything'));
    expect(await ran(['revocations', 'list', '--from', 'env:REDIS_URL'], { env })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^redis:authz:revocations: 1 rule in force\n[^]*everything .*"signing key leaked"\n$/),
    });
    expect((await ran(['restore', 'everything', '--to', 'env:REDIS_URL'], { env })).code).toBe(0);
    await until(() => values().length === 0);
  });

  it('lists rules that services published', async () => {
    for (let n = 0; n < 5; n++) await service.revoke({ kind: 'session', value: `s${n}` });
    const { json } = await ran(['revocations', 'list', '--from', server.url, '--kind', 'session', '--limit', '2', '--json']);
    expect(json).toMatchObject({ from: 'redis:authz:revocations', count: 5, rules: [{ kind: 'session', issuer: ISSUER }, {}] });
  });

  it('writes to another stream', async () => {
    const args = ['--to', server.url, '--redis-key', 'fleet:revoked', '--redis-channel', 'fleet:changes'];
    expect((await ran(['revoke', 'issuer', ISSUER, ...HOUR, ...args])).code).toBe(0);
    expect(await client.xlen('fleet:revoked')).toBe(1);
  });

  it('prints the name of the stream on one line, whatever characters it contains', async () => {
    const key = 'fleet\nFORGED\u001b[2J';
    const commands = [
      ['revoke', 'everything', ...HOUR, '--to'],
      ['restore', 'everything', '--to'],
      ['restore', 'subject', 'nobody', '--issuer', ISSUER, '--to'],
      ['revocations', 'list', '--from'],
    ];
    for (const command of commands) {
      const { code, out, err } = await ran([...command, server.url, '--redis-key', key]);
      expect([code, out, err]).toEqual([
        0,
        expect.stringContaining('fleet\\u{a}FORGED\\u{1b}[2J'),
        expect.not.stringMatching(/^FORGED/m),
      ]);
      expect(out).not.toMatch(/^FORGED/m);
    }
    const { json } = await ran(['revocations', 'list', '--from', server.url, '--redis-key', key, '--json']);
    expect(json.from).toBe(`redis:${key}`);
  });

  it('exits with code 2 if Redis rejects the rule or is down, without a secret in the message', async () => {
    await client.set('taken', 'by something else');
    const args = ['revoke', 'issuer', ISSUER, ...HOUR, '--to', server.url, '--redis-key', 'taken'];
    expect(await ran(args)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(
        /The rule may not have been stored in redis:taken: the key "taken" is not a stream\. Delete it, or pass another --redis-key\./,
      ),
    });
    const down = { env: { REDIS_URL: 'redis://:very-secret@127.0.0.1:1' } };
    const { code, err } = await ran(['revoke', 'everything', ...HOUR, '--to', 'env:REDIS_URL'], down);
    expect([code, err]).toEqual([2, 'nestjs-authz: Reaching Redis failed: connect ECONNREFUSED 127.0.0.1:1\n']);
  });
});
