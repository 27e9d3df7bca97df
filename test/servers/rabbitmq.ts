import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess } from './server-process.js';

/** Debian's own script: the script on the PATH always uses the machine-wide data. */
const PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server';

export const isRabbitmqInstalled = existsSync(PROGRAM);

/** A real RabbitMQ on 127.0.0.1, with its own data directory. */
export interface RabbitmqServer {
  readonly url: string;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** Starts a server on a free port. Takes a few seconds. */
export async function startRabbitmq(): Promise<RabbitmqServer> {
  // Erlang's name registry (epmd). Without this one the server would start a machine-wide registry, and leave it running.
  const register = await ServerProcess.prepare('epmd');
  const namesAt = ([port]: readonly [number]) => ['-d', '-address', '127.0.0.1', '-port', String(port)];
  const [names] = await register.startOnFreePorts(1, 'epmd', namesAt, 'epmd running');
  const server = await ServerProcess.prepare('rabbitmq');
  const { directory } = server;
  const configure = async ([port, distribution]: readonly [number, number]) => {
    await writeFile(
      join(directory, 'rabbitmq.conf'),
      [`listeners.tcp.local = 127.0.0.1:${port}`, 'log.console = true', 'log.file = false'].join('\n'),
    );
    const environment = {
      HOME: directory,
      RABBITMQ_NODENAME: `authz-${port}@localhost`,
      RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
      RABBITMQ_LOG_BASE: join(directory, 'log'),
      RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'plugins'),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(names),
      // Makes the script exec the server, so that a signal to the process reaches the server.
      RUNNING_UNDER_SYSTEMD: '1',
    };
    const written = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    return [...written, PROGRAM];
  };
  const [port] = await server.startOnFreePorts(2, 'env', configure, 'Server startup complete');
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    stop: async () => {
      await server.stop();
      await register.stop();
    },
  };
}
