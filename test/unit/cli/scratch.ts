import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory for one suite, removed at its end. */
export class Scratch {
  private directory = '';

  constructor() {
    beforeAll(async () => {
      this.directory = await mkdtemp(join(tmpdir(), 'cli-'));
    });
    afterAll(() => rm(this.directory, { recursive: true }));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Writes a file and returns its path. */
  async write(name: string, content: string | object): Promise<string> {
    await writeFile(this.path(name), typeof content === 'string' ? content : JSON.stringify(content));
    return this.path(name);
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), 'utf8');
  }

  names(): Promise<readonly string[]> {
    return readdir(this.directory);
  }
}

/** Creates a key pair of a publisher: private in PEM and as a JWK, public as a JWK Set. */
export function publisherKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    jwk: privateKey.export({ format: 'jwk' }),
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid }] },
  };
}
