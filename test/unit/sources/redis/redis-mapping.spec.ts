import { Redis } from 'ioredis';
import { AuthzConfigError } from '../../../../lib/core/index.js';
import { redisMapping, type RedisMappingOptions } from '../../../../lib/sources/redis/index.js';

/** Never connected. */
const client = new Redis({ lazyConnect: true, password: 'secret-word' });

function refusalOf(options: object): AuthzConfigError {
  try {
    redisMapping(options as RedisMappingOptions);
  } catch (error) {
    if (error instanceof AuthzConfigError) return error;
  }
  throw new Error('not refused');
}

describe('redisMapping', () => {
  it.each([
    ['client', 'redis://user:secret-word@host:6379'],
    ['client', { host: 'host', password: 'secret-word' }],
    ['client', undefined],
    ['client', null],
  ])('rejects as "%s" what is not a client, without showing it: %j', (_, value) => {
    const { code, message } = refusalOf({ client: value });
    expect(code).toBe('AUTHZ_REDIS_CLIENT');
    expect(message).toMatch(
      /^"redisMapping\(\{ client \}\)" must be a client of ioredis, such as new Redis\(url\) or new Redis\.Cluster\(nodes\), got (a|an|nothing|null)/,
    );
    expect(message).not.toContain('secret-word');
  });

  it.each([undefined, null, 'redis://user:secret-word@host:6379', [client]])(
    'rejects invalid options, without showing them',
    (value) => {
      const { code, message } = refusalOf(value as never);
      expect(code).toBe('AUTHZ_OPTIONS');
      expect(message).toMatch(/^The options of redisMapping\(\) must be an object such as \{ client \}, got /);
    },
  );

  it.each([['key'], ['channel']])('rejects a "%s" that is not a name', (option) => {
    for (const value of ['', 7, null, {}]) {
      const { code, message } = refusalOf({ client, [option]: value });
      expect([code, message]).toEqual([
        'AUTHZ_STRING',
        expect.stringMatching(`^"redisMapping\\(\\{ ${option} \\}\\)" must be a name in Redis`),
      ]);
    }
  });

  it('rejects an unknown option, and an invalid one of every remote source', () => {
    expect(refusalOf({ client, chanel: 'x' }).message).toContain(
      'redisMapping() has no option "chanel". Did you mean "channel"?',
    );
    expect(refusalOf({ client, timeoutMs: 1 }).message).toContain('"redisMapping({ timeoutMs })" must be');
  });

  it('is named by the key, and uses nothing until it is loaded', () => {
    const source = redisMapping({ client, key: 'roles' });
    expect(source.name).toBe('redis:roles');
    expect(redisMapping({ client }).name).toBe('redis:authz:mapping');
    expect(source.required).toBe(false);
    expect(client.status).toBe('wait');
  });
});
