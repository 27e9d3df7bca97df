import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { announce } from '../announce.js';
import { setting } from '../setting.js';

const port = Number(process.env['PORT'] ?? 0) || (await freePort());
// No persistence: the walk-through restarts Redis and expects it to be empty.
const noPersistence = ['--save', '', '--appendonly', 'no', '--dir', setting('FOLDER')];
const server = spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(port), ...noPersistence], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

// Each process ends with the other.
server.once('exit', (code) => process.exit(code ?? 1));
process.once('exit', () => server.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => server.kill());

createInterface({ input: server.stdout }).on('line', (line) => {
  console.log(line);
  if (line.includes('Ready to accept connections')) announce(`redis://127.0.0.1:${port}`);
});

/** Returns a free port. redis-server does not listen if its port is 0. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
