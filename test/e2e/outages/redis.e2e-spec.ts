import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import { publishMapping, redisMapping } from '../../../lib/sources/redis/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { startTcpProxy, type TcpProxy } from '../../servers/tcp-proxy.js';
import { ALIAS_BOMB, BROKEN_DOCUMENTS, HUGE_BYTES } from './broken-documents.js';
import { rota } from './rota.js';
import { Service } from './service.js';

const KEY = 'authz:mapping';
/** A connection that breaks, or cannot be made again. */
const BROKEN = /not connected to Redis|ECONN|EPIPE/;
const HANGS = /did not answer within 2500 ms|has not replied to the previous request/;

describeWhereInstalled('redis-server')('a mapping in Redis, under load', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let client: Redis;
  let publisher: Redis;
  let service: Service;

  const newClient = (port: number) => new Redis(port, '127.0.0.1', { retryStrategy: () => 50 }).on('error', () => undefined);
  const publishText = (text: string) => publishMapping(publisher, text);
  const publish = (revision: number) => publishText(JSON.stringify(rota(revision, revision)));
  const announce = () => publisher.publish(KEY, 'changed');

  beforeAll(async () => {
    server = await startRedis();
    proxy = await startTcpProxy(server.port);
    client = newClient(proxy.port);
    publisher = newClient(server.port);
    await publish(10);
    service = await Service.start(redisMapping({ client, pollIntervalSeconds: 1, timeoutMs: 2500 }), 10, new FastifyAdapter());
    await service.load.round();
  });
  afterEach(() => expect(service.load.wrong).toEqual([]));
  afterAll(async () => {
    await service.stop();
    client.disconnect();
    publisher.disconnect();
    await proxy.stop();
    await server.stop();
  });

  it('is replaced as a whole', async () => {
    for (let times = 0; times < 3; times++) await service.rotates(publish);
    await service.load.round();
    expect(service.alarms()).toEqual([]);
  });

  it.each([...BROKEN_DOCUMENTS, ALIAS_BOMB])('stays as it was for $what', async ({ textAfter, message }) => {
    await service.suffers(() => publishText(textAfter(service.number)), message, announce);
    await service.rotates(publish);
    await service.isWell();
  });

  it('stays as it was for 100 MB', async () => {
    const script = `redis.call('hset', KEYS[1], 'document', string.rep('x', ${HUGE_BYTES}), 'version', 'huge')`;
    await server.command('eval', script, 1, 'huge');
    await service.suffers(
      async () => {
        await server.command('rename', 'huge', KEY);
        await announce();
      },
      /it has 104857600 bytes, more than the 8388608/,
      announce,
    );
    await service.rotates(publish);
  });

  it('stays as it was for a key of another type', async () => {
    await service.suffers(
      async () => {
        await server.command('del', KEY);
        await server.command('set', KEY, '*');
        await announce();
      },
      /has no document/,
      announce,
    );
    await server.command('del', KEY);
    await service.rotates(publish);
  });

  it('goes on while Redis is killed, and while it is back and empty', async () => {
    await service.suffers(() => server.kill(), BROKEN, undefined, 2);
    await service.suffers(() => server.restart(), /has no document/);
    await service.rotates(publish);
    await service.isWell();
  });

  it('goes on while Redis hangs', async () => {
    await service.suffers(() => server.freeze(), HANGS, undefined, 2);
    await service.recovers(() => server.thaw());
    await service.rotates(publish);
  });

  it('goes on while the network closes every connection, and reads what it missed', async () => {
    await service.suffers(() => proxy.refuse(), BROKEN, undefined, 2);
    await service.rotates(async (revision) => {
      await publish(revision);
      proxy.pass();
    });
    await service.isWell();
  });

  it('goes on while the network drops everything', async () => {
    await service.suffers(() => proxy.hang(), HANGS, undefined, 2);
    await service.recovers(() => proxy.pass());
    await service.rotates(publish);
  });

  it('goes on while connections close during a document', async () => {
    const cutting = setInterval(() => proxy.cut(), 20);
    await service.rotates(async (revision) => {
      await publish(revision);
      await service.load.round();
      clearInterval(cutting);
    });
  });

  it('answers 503 after a start without Redis, and recovers once there is one', async () => {
    await server.kill();
    const late = newClient(server.port);
    const starting = await Service.start(redisMapping({ client: late, pollIntervalSeconds: 1, timeoutMs: 2500 }), 'none');
    await starting.load.round();
    expect(starting.status).toMatchObject({ ready: false, revision: undefined });
    await server.restart();
    await starting.rotates(publish);
    await starting.stop();
    late.disconnect();
    await service.rotates((revision) => publish(revision));
  });
});
