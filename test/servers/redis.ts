import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { stopAtTheEnd } from './stop-at-the-end.js';

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
  const persistence = appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  return startServer((port, directory) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', ...persistence, ...args],
  ]);
}

/** Starts a cluster with this many masters, which share the slots. */
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
  for (const server of servers) await untilTrue(async () => isWholeCluster(await server.command('cluster', 'info'), size));
  return servers;
}

function isWholeCluster(info: unknown, size: number): boolean {
  const text = String(info);
  return text.includes('cluster_state:ok') && text.includes(`cluster_known_nodes:${size}\r`);
}

/** Starts a Sentinel that monitors a server under the name `main`, and considers it down after half a second. */
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
    // An interrupted run must leave no server running.
    const end = () => started.kill('SIGKILL');
    process.once('exit', end);
    started.once('exit', () => process.off('exit', end));
    await untilTrue(() => {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`redis-server exited with ${started.exitCode ?? started.signalCode} at start`);
      return acceptsCommands(port);
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
    // For a process that has already exited, this would set a timer that delays the test run.
    if (client.status !== 'end') client.disconnect();
  }
}

/** Whether the server accepts commands. A server that asks for a password counts as accepting. */
async function acceptsCommands(port: number): Promise<boolean> {
  return command(port, 'ping').then(
    () => true,
    (error: unknown) => String(error).includes('NOAUTH'),
  );
}

/** Waits until a condition holds, at most for the time limit of the test. */
export async function untilTrue(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await pause(20);
}
