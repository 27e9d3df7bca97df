import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ServerProcess } from './server-process.js';

/** Debian installs it outside of a normal user's PATH. */
const PLACES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
const PROGRAM = PLACES.map((place) => join(place, 'mariadbd')).find((file) => existsSync(file));

/** One statement per line. Root can log in only through the socket. */
const INIT = `CREATE DATABASE IF NOT EXISTS authz;
CREATE USER IF NOT EXISTS 'test'@'%';
GRANT ALL PRIVILEGES ON *.* TO 'test'@'%' WITH GRANT OPTION;
`;

export const isMariadbInstalled = PROGRAM !== undefined;

/** A real MariaDB on 127.0.0.1, with its own data directory. */
export interface MariadbServer {
  /** Connection options for a pool of mysql2: a user with all rights, and the database `authz`. */
  readonly connection: { readonly host: string; readonly port: number; readonly user: string; readonly database: string };
  /** Kills the server, like a crash. */
  kill(): Promise<void>;
  /** Starts the server again on the same port, with all committed data. */
  restart(): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** Starts a server on a free port. */
export async function startMariadb(): Promise<MariadbServer> {
  const server = await ServerProcess.prepare('mariadb');
  const data = join(server.directory, 'data');
  await server.run('mariadb-install-db', [
    ...[
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
    ],
  ]);
  const init = join(server.directory, 'init.sql');
  const argsFor = ([port]: readonly [number]) => [
    '--no-defaults',
    ...[
      `--datadir=${data}`,
      `--port=${port}`,
      `--socket=${join(server.directory, 'socket')}`,
      `--pid-file=${join(server.directory, 'pid')}`,
    ],
    ...['--bind-address=127.0.0.1', '--skip-name-resolve', '--innodb-buffer-pool-size=16M', '--innodb-flush-log-at-trx-commit=2'],
    `--init-file=${init}`,
  ];
  await writeFile(init, INIT);
  const ready = 'ready for connections';
  const ports = await server.startOnFreePorts(1, PROGRAM!, argsFor, ready);
  return {
    connection: { host: '127.0.0.1', port: ports[0], user: 'test', database: 'authz' },
    kill: () => server.kill(),
    restart: () => server.start(PROGRAM!, argsFor(ports), ready),
    stop: () => server.stop(),
  };
}
