import { Redis } from 'ioredis';
import { AuthzConfigError } from '../../../../lib/core/index.js';
import { redisRevocations, type RedisRevocationsOptions } from '../../../../lib/sources/redis/index.js';

/** Never connected. */
const client = new Redis({ lazyConnect: true, password: 'secret-word' });

function refusalOf(options: unknown): AuthzConfigError {
  try {
    redisRevocations(options as RedisRevocationsOptions);
  } catch (error) {
    if (error instanceof AuthzConfigError) return error;
  }
  throw new Error('not refused');
}

describe('redisRevocations', () => {
  it.each([
    'redis://user:secret-word@host:6379',
    { host: 'host', password: 'secret-word' },
    { xadd: () => undefined, xrange: () => undefined },
    undefined,
    null,
  ])('rejects as "client" what is not a client, without showing it: %j', (value) => {
    const { code, message } = refusalOf({ client: value });
    expect(code).toBe('AUTHZ_REDIS_CLIENT');
    expect(message).toMatch(
      /^"redisRevocations\(\{ client \}\)" must be a client of ioredis, such as new Redis\(url\) or new Redis\.Cluster\(nodes\), got (a|an|nothing|null)/,
    );
    expect(message).not.toContain('secret-word');
  });

  it.each([undefined, null, 'redis://user:secret-word@host:6379', [client]])(
    'rejects invalid options, without showing them',
    (value) => {
      const { code, message } = refusalOf(value);
      expect(code).toBe('AUTHZ_OPTIONS');
      expect(message).toMatch(/^The options of redisRevocations\(\) must be an object such as \{ client \}, got /);
    },
  );

  it.each(['key', 'channel'])('rejects a "%s" that is not a name', (option) => {
    for (const value of ['', 7, null, {}]) {
      const { code, message } = refusalOf({ client, [option]: value });
      expect([code, message]).toEqual([
        'AUTHZ_STRING',
        expect.stringMatching(`^"redisRevocations\\(\\{ ${option} \\}\\)" must be a name in Redis such as 'authz:revocations'`),
      ]);
    }
  });

  it('rejects a "readOnly" that is neither true nor false, and an unknown option', () => {
    expect(refusalOf({ client, readOnly: 'yes' })).toMatchObject({
      code: 'AUTHZ_FLAG',
      message: '"redisRevocations({ readOnly })" must be true or false (default false), got "yes".',
    });
    expect(refusalOf({ client, chanel: 'x' }).message).toContain(
      'redisRevocations() has no option "chanel". Did you mean "channel"?',
    );
  });

  it('is named by the key, and uses nothing until it is read', () => {
    expect(redisRevocations({ client, key: 'revoked' }).name).toBe('redis:revoked');
    expect(redisRevocations({ client }).name).toBe('redis:authz:revocations');
    expect(client.status).toBe('wait');
  });

  it('publishes nothing if it may only read', () => {
    expect(redisRevocations({ client, readOnly: true }).publish).toBeUndefined();
    expect(redisRevocations({ client, readOnly: false }).publish).toBeDefined();
  });
});
