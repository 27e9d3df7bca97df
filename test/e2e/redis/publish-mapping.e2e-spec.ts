import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { publishMapping } from '../../../lib/sources/redis/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';

describeWhereInstalled('redis-server')('publishMapping', () => {
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.port, '127.0.0.1');
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });
  beforeEach(() => client.flushall());

  async function messageOn(channel: string, publish: () => Promise<unknown>): Promise<unknown> {
    const listener = client.duplicate();
    try {
      await listener.subscribe(channel);
      const message = new Promise((resolve) => listener.on('message', (...message) => resolve(message)));
      await publish();
      return await message;
    } finally {
      listener.disconnect();
    }
  }

  it('writes the document with a digest as its version, and announces it', async () => {
    const version = createHash('sha256').update('{"roles":{}}').digest('base64url');
    expect(await messageOn('authz:mapping', () => publishMapping(client, '{"roles":{}}'))).toEqual(['authz:mapping', version]);
    expect(await client.hgetall('authz:mapping')).toEqual({ document: '{"roles":{}}', version });
  });

  it('gives the same version to the same document, and another to another', async () => {
    const versions = await Promise.all(['a', 'b', 'a'].map((text) => publishMapping(client, text)));
    expect(versions[0]).toBe(versions[2]);
    expect(versions[0]).not.toBe(versions[1]);
  });

  it('uses the given key, channel and version', async () => {
    const publish = () => publishMapping(client, 'x', { key: 'k', channel: 'c', version: 'v7' });
    expect(await messageOn('c', publish)).toEqual(['c', 'v7']);
    expect(await client.hgetall('k')).toEqual({ document: 'x', version: 'v7' });
    expect(await publish()).toBe('v7');
  });

  it('does not replace a key of another type, and announces nothing then', async () => {
    await client.set('k', 'precious');
    await expect(publishMapping(client, 'x', { key: 'k' })).rejects.toThrow('WRONGTYPE');
    expect(await client.get('k')).toBe('precious');
  });

  it('says that the document is published if it could not be announced', async () => {
    await client.call('acl', 'setuser', 'writer', 'on', 'nopass', '~*', 'resetchannels', '+@all');
    const writer = client.duplicate({ username: 'writer', password: 'any' });
    try {
      await expect(publishMapping(writer, 'x')).rejects.toThrow(
        'The mapping is published at the key "authz:mapping", but could not be announced on "authz:mapping": instances will read it at their next poll. NOPERM',
      );
      expect(await client.hget('authz:mapping', 'document')).toBe('x');
    } finally {
      writer.disconnect();
    }
  });
});
