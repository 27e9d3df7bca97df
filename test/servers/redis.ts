import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from '../waiting/until.js';
import { freePort } from './free-port.js';
import { stopAtTheEnd } from './stop-at-the-end.js';

/** A real redis-server on 127.0.0.1, with its data in a directory of its own. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Sends one command over a connection of its own. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
  /** Ends it at once, as a crash does. What it had in memory only is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what it had on disk. */
  restart(): Promise<void>;
  /** It stays connected and answers nothing until {@link RedisServer.thaw}. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

interface RedisServerOptions {
  /** Writes every change to disk at once, so that it survives {@link RedisServer.kill}. Default: false. */
  readonly appendOnly?: boolean;
  /** More of its options, such as `['--requirepass', 'secret']`. A server with a password takes no {@link RedisServer.command}. */
  readonly args?: readonly string[];
}

/** Starts a server on a free port. It keeps nothing on disk unless it is told to. */
export async function startRedis({ appendOnly = false, args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
  const persistence = appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  return startServer((port, directory) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', ...persistence, ...args],
  ]);
}

/** Starts as many masters as one cluster, with the slots shared out among them. */
export async function startRedisCluster(size: number): Promise<readonly RedisServer[]> {
  const busPorts: number[] = [];
  const servers: RedisServer[] = [];
  for (let index = 0; index < size; index += 1) {
    const busPort = await freePort();
    busPorts.push(busPort);
    servers.push(
      await startRedis({
        args: ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '2000'],
      }),
    );
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

/** Starts a Sentinel that watches a server under the name `main`. It finds it down after half a second. */
export async function startRedisSentinel(master: RedisServer): Promise<RedisServer> {
  return startServer(async (port, directory) => {
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
}

async function startServer(
  argumentsFor: (port: number, directory: string) => Promise<readonly string[]> | readonly string[],
): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const args = await argumentsFor(port, directory);
  let child: ChildProcess | undefined;

  const start = async () => {
    const started = (child = spawn('redis-server', args, { stdio: 'ignore' }));
    // So that an interrupted run leaves no server behind.
    const end = () => started.kill('SIGKILL');
    process.once('exit', end);
    started.once('exit', () => process.off('exit', end));
    await until(() => {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`redis-server ended with ${started.exitCode ?? started.signalCode} at its start`);
      return answers(port);
    });
  };
  const kill = async () => {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const server = stopAtTheEnd<RedisServer>({
    port,
    url: `redis://127.0.0.1:${port}`,
    command: (name, ...rest) => command(port, name, ...rest),
    kill,
    restart: start,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    stop: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  });
  await start();
  return server;
}

async function command(port: number, name: string, ...args: (string | number)[]): Promise<unknown> {
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
  client.on('error', () => undefined);
  try {
    return await client.call(name, ...args);
  } finally {
    // One that has ended already would set a timer that keeps the test run waiting.
    if (client.status !== 'end') client.disconnect();
  }
}

/** Whether the server takes commands; one that wants a password does. */
async function answers(port: number): Promise<boolean> {
  return command(port, 'ping').then(
    () => true,
    (error: unknown) => String(error).includes('NOAUTH'),
  );
}
