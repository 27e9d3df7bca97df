import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from '../waiting/until.js';
import type { Ports } from './on-free-ports.js';
import { ServerProcess } from './server-process.js';

/** A real redis-server on 127.0.0.1, with its own data directory. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Sends one command over a new connection. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
  /** Kills the server, like a crash. Data that is only in memory is lost. */
  kill(): Promise<void>;
  /** Starts the server again on the same port, with its data on disk. */
  restart(): Promise<void>;
  /** Pauses the server: connections stay open, without responses, until {@link RedisServer.thaw}. */
  freeze(): void;
  thaw(): void;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

interface RedisServerOptions {
  /** Writes every change to disk at once, so that it survives {@link RedisServer.kill}. Default: false. */
  readonly appendOnly?: boolean;
  /** Further options, such as `['--requirepass', 'secret']`. {@link RedisServer.command} does not work with a password. */
  readonly args?: readonly string[];
}

/** Starts a server on a free port. Writes nothing to disk unless the options say so. */
export async function startRedis({ appendOnly = false, args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
  const [server] = await startServer(1, ([port], directory) => [...dataOptions(port, directory, appendOnly), ...args]);
  return server;
}

/** Starts a cluster with this many masters, which share the slots. */
export async function startRedisCluster(size: number): Promise<readonly RedisServer[]> {
  const servers: RedisServer[] = [];
  const busPorts: number[] = [];
  for (let index = 0; index < size; index += 1) {
    // Without a port of its own for the cluster a server would use its port plus 10000, taken or not.
    const [server, busPort] = await startServer(2, ([port, bus], directory) => [
      ...dataOptions(port, directory, false),
      ...['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '2000'],
    ]);
    servers.push(server);
    busPorts.push(busPort!);
  }
  const share = Math.ceil(16_384 / size);
  for (const [index, server] of servers.entries()) {
    await server.command('cluster', 'set-config-epoch', index + 1);
    await server.command('cluster', 'addslotsrange', index * share, Math.min((index + 1) * share, 16_384) - 1);
    if (index > 0) await servers[0]!.command('cluster', 'meet', '127.0.0.1', server.port, busPorts[index]!);
  }
  for (const server of servers) await until(async () => isWholeCluster(await server.command('cluster', 'info'), size));
  return servers;
}

function isWholeCluster(info: unknown, size: number): boolean {
  const text = String(info);
  return text.includes('cluster_state:ok') && text.includes(`cluster_known_nodes:${size}\r`);
}

/** Starts a Sentinel that monitors a server under the name `main`, and considers it down after half a second. */
export async function startRedisSentinel(master: RedisServer): Promise<RedisServer> {
  const [sentinel] = await startServer(1, async ([port], directory) => {
    const file = join(directory, 'sentinel.conf');
    await writeFile(
      file,
      [
        `port ${port}`,
        'bind 127.0.0.1',
        `dir ${directory}`,
        `sentinel monitor main 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds main 500',
        'sentinel failover-timeout main 3000',
      ].join('\n'),
    );
    return [file, '--sentinel'];
  });
  return sentinel;
}

/** Returns whether a server is a master. Sentinel closes the connections of a server when it promotes it, so a lost one means "not yet". */
export async function isMaster(server: RedisServer): Promise<boolean> {
  const role = await server.command('role').catch(() => []);
  return (role as readonly unknown[])[0] === 'master';
}

function dataOptions(port: number, directory: string, appendOnly: boolean): readonly string[] {
  const persistence = appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  return ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', ...persistence];
}

type ArgumentsFor<Count extends keyof Ports> = (
  ports: Ports[Count],
  directory: string,
) => Promise<readonly string[]> | readonly string[];

/** What a server and a Sentinel say once they take commands. */
const READY = /Ready to accept connections|Running mode=sentinel/;

/** Takes its commands at the first port; the others it has for itself. */
async function startServer<Count extends keyof Ports>(
  count: Count,
  argumentsFor: ArgumentsFor<Count>,
): Promise<readonly [RedisServer, ...number[]]> {
  const server = await ServerProcess.prepare('redis', 'self');
  const argsFor = (ports: Ports[Count]) => argumentsFor(ports, server.directory);
  const ports = await server.startOnFreePorts(count, 'redis-server', argsFor, READY);
  const [port, ...others] = ports;
  const started: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    command: (name, ...rest) => command(port, name, ...rest),
    kill: () => server.kill(),
    restart: async () => server.start('redis-server', await argsFor(ports), READY),
    freeze: () => server.signal('SIGSTOP'),
    thaw: () => server.signal('SIGCONT'),
    stop: () => server.stop(),
  };
  return [started, ...others];
}

async function command(port: number, name: string, ...args: (string | number)[]): Promise<unknown> {
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
  client.on('error', () => undefined);
  try {
    return await client.call(name, ...args);
  } finally {
    // For a process that has already exited, this would set a timer that delays the test run.
    if (client.status !== 'end') client.disconnect();
  }
}
