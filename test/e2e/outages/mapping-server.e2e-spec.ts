import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StubIssuer } from '../../../lib/testing/index.js';
import { forkApp, forkAppOnFreePorts } from '../../servers/fork-app.js';
import { bundle, key } from './bundle.js';
import { rota } from './rota.js';
import { Service } from './service.js';

describe('a mapping from a mapping server, under load', () => {
  const folder = mkdtempSync(join(tmpdir(), 'outages-'));
  const file = join(folder, 'mapping.json');
  let port: number;
  let issuer: StubIssuer;
  let authority: ChildProcess;
  let service: Service;

  const write = (text: string) => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const publish = (revision: number) => write(JSON.stringify(rota(revision, revision)));
  const token = () => issuer.token({ aud: 'authority', roles: ['service'] });
  const script = new URL('authority.mjs', import.meta.url);
  const environment = () => ({ ISSUER: issuer.url, MAPPING_KEY: key.key.export({ type: 'pkcs8', format: 'pem' }) as string });
  const restartAuthority = async () => {
    authority = await forkApp(script, [file, String(port)], environment());
  };
  const kill = async () => {
    authority.kill('SIGKILL');
    await once(authority, 'exit');
  };

  beforeAll(async () => {
    issuer = await StubIssuer.start();
    publish(10);
    const app = await forkAppOnFreePorts(1, script, ([free]) => [file, String(free)], environment());
    authority = app.child;
    port = app.ports[0];
    const url = `http://127.0.0.1:${port}/mapping`;
    const headers = () => ({ authorization: `Bearer ${token()}` });
    service = await Service.start(bundle(url, { headers, changes: `${url}/changes` }), 10);
  });
  afterEach(() => expect(service.load.wrong).toEqual([]));
  afterAll(async () => {
    await service.stop();
    await kill();
    await issuer.stop();
    rmSync(folder, { recursive: true });
  });

  it('is replaced as a whole', async () => {
    for (let times = 0; times < 3; times++) await service.rotates(publish);
    await service.load.round();
    expect(service.alarms()).toEqual([]);
  });

  it('goes on while the server is killed and comes back with another revision', async () => {
    // The first request may find its connection broken, the next ones find no server.
    await service.suffers(kill, /ECONN|EPIPE|UND_ERR_SOCKET/, undefined, 2);
    await service.rotates(async (revision) => {
      publish(revision);
      await restartAuthority();
    });
    await service.isWell();
    await service.rotates(publish);
  });

  it('goes on while the server hangs', async () => {
    await service.suffers(() => authority.kill('SIGSTOP'), /did not answer within 2500 ms/);
    await service.recovers(() => authority.kill('SIGCONT'));
    await service.rotates(publish);
  });

  it('goes on while the server has an invalid document', async () => {
    write('{"roles":{"keeper":["*"');
    await service.load.round();
    await service.rotates(publish);
    await service.isWell();
  });

  it('arrives while other listeners never read', async () => {
    const sockets = Array.from({ length: 20 }, (_, index) => {
      const path = index % 2 === 0 ? '/mapping/changes' : '/mapping';
      const socket = connect(port, '127.0.0.1').pause();
      const asked = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token()}\r\n\r\n`;
      socket.write(asked.repeat(path === '/mapping' ? 200 : 1));
      return socket;
    });
    await service.rotates(publish);
    await service.rotates(publish);
    sockets.forEach((socket) => socket.destroy());
    await service.isWell();
  });
});
