import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { javaServer, jvmOptions } from './java-server.js';
import { ServerProcess } from './server-process.js';

const DIRECTORY = javaServer('keycloak');

export const isKeycloakInstalled = DIRECTORY !== undefined;

/** A request to the Admin REST API: a path below `/admin/realms`, and a JSON body. */
export type Admin = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) => Promise<unknown>;

/** A real Keycloak on 127.0.0.1, with its own data directory. */
export interface KeycloakServer {
  readonly url: string;
  /** Sends a request as administrator. Resolves with the response's JSON, if it has a body. @throws Error for any status but 2xx */
  readonly admin: Admin;
  /** Stops the server, and exports a realm with all its users into a file with Keycloak's own command. */
  exportRealm(realm: string): Promise<string>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

const ADMINISTRATOR = { id: 'test-admin', secret: 'secret-of-the-tests' };

/** Starts a server on a free port, with only the realm `master`. Takes a few seconds. */
export async function startKeycloak(): Promise<KeycloakServer> {
  const server = await ServerProcess.prepare('keycloak', 'self');
  const home = server.directory;
  // Keycloak stores data in its home directory; the programs in it are shared.
  for (const shared of ['conf', 'lib', 'providers', 'themes']) await symlink(join(DIRECTORY!, shared), join(home, shared));
  const java = [
    ...jvmOptions(512),
    `-Dkc.home.dir=${home}`,
    '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
    '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
    ...['-cp', join(home, 'lib/quarkus-run.jar'), 'io.quarkus.bootstrap.runner.QuarkusEntryPoint'],
  ];
  const environment = [
    `KC_BOOTSTRAP_ADMIN_CLIENT_ID=${ADMINISTRATOR.id}`,
    `KC_BOOTSTRAP_ADMIN_CLIENT_SECRET=${ADMINISTRATOR.secret}`,
  ];
  const options = (port: number) => [
    ...['--optimized', '--cache=local', '--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${port}`],
    '--hostname-strict=false',
  ];
  const [port] = await server.startOnFreePorts(
    1,
    'env',
    ([free]) => [...environment, 'java', ...java, 'start', ...options(free)],
    'Listening on:',
  );
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    admin: adminOf(url),
    exportRealm: async (realm) => {
      // Keycloak's database is a file that only one process can open.
      await server.kill('SIGTERM');
      const file = join(home, 'export.json');
      await server.run('java', [...java, 'export', '--optimized', '--realm', realm, '--file', file]);
      return file;
    },
    stop: () => server.stop(),
  };
}

function adminOf(url: string): Admin {
  return async (method, path, body) => {
    // Requested each time, since it expires after a minute.
    const login = { grant_type: 'client_credentials', client_id: ADMINISTRATOR.id, client_secret: ADMINISTRATOR.secret };
    const token = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams(login),
    });
    const { access_token } = (await token.json()) as { access_token: string };
    const answer = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`Keycloak returned ${answer.status} for ${method} ${path}: ${said}`);
    return said === '' ? undefined : (JSON.parse(said) as unknown);
  };
}
