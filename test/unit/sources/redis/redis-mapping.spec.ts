import { Redis } from 'ioredis';
import { AuthzConfigError } from '../../../../lib/core/index.js';
import { redisMapping, type RedisMappingOptions } from '../../../../lib/sources/redis/index.js';

/** Never connected: it is only looked at. */
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
  ])('refuses as "%s" what is no client, without showing it: %j', (_, value) => {
    const { code, message } = refusalOf({ client: value });
    expect(code).toBe('AUTHZ_REDIS_CLIENT');
    expect(message).toMatch(
      /^"client" must be a client of ioredis, such as new Redis\(url\) or new Redis\.Cluster\(nodes\), got a value of type/,
    );
    expect(message).not.toContain('secret-word');
  });

  it.each([undefined, null, 'redis://user:secret-word@host:6379', [client]])(
    'refuses what are no options, without showing it',
    (value) => {
      const { code, message } = refusalOf(value as never);
      expect(code).toBe('AUTHZ_REDIS');
      expect(message).toBe('redisMapping() needs its options, such as { client }. What came is not shown.');
    },
  );

  it.each([['key'], ['channel']])('refuses a "%s" that is no name', (option) => {
    for (const value of ['', 7, null, {}]) {
      const { code, message } = refusalOf({ client, [option]: value });
      expect([code, message]).toEqual(['AUTHZ_REDIS_NAME', expect.stringMatching(`^"${option}" must be a name in Redis`)]);
    }
  });

  it('refuses an option that it does not know, and a wrong one that every remote source has', () => {
    expect(refusalOf({ client, chanel: 'x' }).message).toContain(
      'redisMapping() has no option "chanel". Did you mean "channel"?',
    );
    expect(refusalOf({ client, timeoutMs: 1 }).message).toContain('"timeoutMs" must be');
  });

  it('names itself by the key, and touches nothing until it is loaded', () => {
    const source = redisMapping({ client, key: 'roles' });
    expect(source.name).toBe('redis:roles');
    expect(redisMapping({ client }).name).toBe('redis:authz:mapping');
    expect(source.required).toBe(false);
    expect(client.status).toBe('wait');
  });
});
