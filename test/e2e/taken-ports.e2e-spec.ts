import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { jest } from '@jest/globals';
import { describeWhereInstalled } from '../servers/installed.js';
import { stopAtTheEnd } from '../servers/stop-at-the-end.js';

const real = await import('../servers/free-port.js');
const rivals: Server[] = [];
/** Whether the port at this place is taken, in each attempt that is still to come. */
let attempts: (readonly boolean[])[] = [];

async function takenPort(): Promise<number> {
  const rival = createServer();
  stopAtTheEnd({ stop: () => rival.close() });
  rivals.push(rival);
  await once(rival.listen(0, '127.0.0.1'), 'listening');
  return (rival.address() as AddressInfo).port;
}

jest.unstable_mockModule('../servers/free-port.js', () => ({
  ...real,
  freePorts: async (count: number) => {
    const taken = attempts.shift() ?? [];
    const free = await real.freePorts(count);
    return Promise.all(free.map(async (port, index) => (taken[index] === true ? takenPort() : port)));
  },
}));
const { startRedis, startRedisCluster, startRedisSentinel } = await import('../servers/redis.js');
const { startNats } = await import('../servers/nats.js');
const { startMosquitto } = await import('../servers/mosquitto.js');
const { startNginx, isNginxInstalled } = await import('../servers/nginx.js');
const { startMariadb, isMariadbInstalled } = await import('../servers/mariadb.js');
const { startPostgres, isPostgresInstalled } = await import('../servers/postgres.js');
const { forkAppOnFreePorts } = await import('../servers/fork-app.js');

interface Stoppable {
  stop(): unknown;
}
const startApp = async (): Promise<Stoppable> => {
  const script = new URL('../fixtures/listens.mjs', import.meta.url);
  const { child } = await forkAppOnFreePorts(1, script, ([port]) => [String(port)]);
  return { stop: () => child.kill() };
};

const FIRST = [[true]] as const;
/** One attempt without its first port, one without its second. */
const EITHER = [
  [true, false],
  [false, true],
] as const;

describe.each<[string, boolean | undefined, readonly (readonly boolean[])[], () => Promise<Stoppable | readonly Stoppable[]>]>([
  ['redis-server', undefined, FIRST, () => startRedis()],
  ['redis-server', undefined, EITHER, () => startRedisCluster(2)],
  ['redis-server', undefined, [[], [true]], async () => [await startRedisSentinel(await startRedis())]],
  ['nats-server', undefined, FIRST, startNats],
  ['mosquitto', undefined, FIRST, startMosquitto],
  ['nginx', isNginxInstalled, FIRST, () => startNginx(1)],
  ['mariadbd', isMariadbInstalled, FIRST, startMariadb],
  ['postgres', isPostgresInstalled, FIRST, startPostgres],
  ['node', true, FIRST, startApp],
])('%s', (program, isInstalled, taken, start) => {
  describeWhereInstalled(program, isInstalled)('whose port another program took meanwhile', () => {
    it('starts on another one', async () => {
      attempts = [...taken];
      const servers = [await start()].flat();
      expect(attempts).toEqual([]);
      for (const server of servers) await server.stop();
      await Promise.all(rivals.splice(0).map((rival) => once(rival.close(), 'close')));
    });
  });
});
