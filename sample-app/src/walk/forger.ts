import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { signBundle } from 'nestjs-authz/http-bundle';

/** Mapping that allows everything to everyone, and claims to be from the authority. */
const FORGED = {
  issuer: 'https://authority.shop.example',
  audience: 'https://api.shop.example',
  roles: { viewer: ['*'], clerk: ['*'] },
};

/** Signs the mapping with another key, but with the key id of the authority. */
export function signedByForger(kid: string): Promise<string> {
  return signBundle(FORGED, { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, kid });
}

export function unsigned(): string {
  return JSON.stringify({ ...FORGED, sequence: Date.now() });
}

/** Serves a forged mapping at the address of the stopped authority. Returns a function that stops the server. */
export async function forge(authority: string, body: string): Promise<() => Promise<void>> {
  const server = createServer((_request, response) => response.end(body)).listen(Number(new URL(authority).port), '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
}
