import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess } from './server-process.js';

/** A real mosquitto (MQTT 3.1.1 and 5) on 127.0.0.1, without persistence. */
export interface MosquittoServer {
  readonly url: string;
  /** Stops the server. */
  stop(): Promise<void>;
}

/** Starts a server on a free port. */
export async function startMosquitto(): Promise<MosquittoServer> {
  const server = await ServerProcess.prepare('mosquitto');
  const file = join(server.directory, 'mosquitto.conf');
  const configure = async ([port]: readonly [number]) => {
    await writeFile(file, [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'max_packet_size 4000000', ''].join('\n'));
    return ['-v', '-c', file];
  };
  const [port] = await server.startOnFreePorts(1, 'mosquitto', configure, 'running');
  return { url: `mqtt://127.0.0.1:${port}`, stop: () => server.stop() };
}
