import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess } from './server-process.js';

/** Debian installs it outside of a normal user's PATH. */
const PROGRAM = '/usr/sbin/nginx';

export const isNginxInstalled = existsSync(PROGRAM);

/** A real nginx on 127.0.0.1, in front of a service. */
export interface NginxServer {
  readonly port: number;
  /** Stops the server. */
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port that forwards all requests.
 * @param target Port of the service.
 * @param directives Directives for its configuration, in addition to `proxy_pass`.
 */
export async function startNginx(target: number, directives: readonly string[] = []): Promise<NginxServer> {
  const server = await ServerProcess.prepare('nginx');
  const { directory } = server;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  const location = [`proxy_pass http://127.0.0.1:${target};`, ...directives].join(' ');
  const file = join(directory, 'nginx.conf');
  const configure = async ([port]: readonly [number]) => {
    const lines = [
      'daemon off;',
      'master_process off;',
      `pid ${join(directory, 'pid')};`,
      'error_log stderr notice;',
      'events {}',
      `http { access_log off; ${temporary.join(' ')}`,
      `server { listen 127.0.0.1:${port}; location / { ${location} } } }`,
    ];
    await writeFile(file, lines.join('\n'));
    return ['-e', 'stderr', '-p', directory, '-c', file];
  };
  const [port] = await server.startOnFreePorts(1, PROGRAM, configure, 'event method');
  return { port, stop: () => server.stop() };
}
