import { ServerProcess } from './server-process.js';

/** A real nats-server on 127.0.0.1, without persistence. */
export interface NatsServer {
  readonly url: string;
  /** Stops the server. */
  stop(): Promise<void>;
}

/** Starts a server on a free port. */
export async function startNats(): Promise<NatsServer> {
  const server = await ServerProcess.prepare('nats');
  const argsFor = ([port]: readonly [number]) => ['--addr', '127.0.0.1', '--port', String(port)];
  const [port] = await server.startOnFreePorts(1, 'nats-server', argsFor, 'Server is ready');
  return { url: `nats://127.0.0.1:${port}`, stop: () => server.stop() };
}
