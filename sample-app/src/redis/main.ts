import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { announce } from '../announce.js';
import { setting } from '../setting.js';

const port = Number(process.env['PORT'] ?? 0) || (await freePort());
// Nothing on disk: the walk stops it, and it comes back empty.
const nothingKept = ['--save', '', '--appendonly', 'no', '--dir', setting('FOLDER')];
const server = spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(port), ...nothingKept], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

// The one does not outlive the other.
server.once('exit', (code) => process.exit(code ?? 1));
process.once('exit', () => server.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => server.kill());

createInterface({ input: server.stdout }).on('line', (line) => {
  console.log(line);
  if (line.includes('Ready to accept connections')) announce(`redis://127.0.0.1:${port}`);
});

/** redis-server takes port 0 for none at all, so it is told one that nobody listens on. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
