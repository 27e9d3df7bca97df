import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { transmitterKeys } from '../../../../../lib/servers/receivers/tokens/receiver-keys.js';
import { newSigningKey } from '../../../../../lib/testing/jwt.js';
import { CapturedLog } from '../../../../e2e/captured-log.js';

describe('the keys of a transmitter', () => {
  it('are those kept on disk while it is unreachable', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'receiver-keys-'));
    const [jwksFile, issuer] = [join(folder, 'jwks.json'), 'http://127.0.0.1:1'];
    const keys = [newSigningKey('k1', 'RS256').jwk];
    await writeFile(jwksFile, JSON.stringify({ issuer, fetchedAt: Date.now() - 1000, jwks: { keys } }));
    Logger.overrideLogger(new CapturedLog());
    const at = { issuer, jwksFile, jwksUri: undefined, jwks: undefined, allowHttp: true, algorithms: ['RS256'] };
    const store = transmitterKeys(at, new Logger());
    store.start();
    expect(await store.keyFor('k1', 'RS256')).toHaveProperty('key');
    store.stop();
    await rm(folder, { recursive: true });
  });
});
