import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { signBundle } from 'nestjs-authz/http-bundle';

/** A mapping that lets everybody do everything, and says that it is the authority's. */
const FORGED = {
  issuer: 'https://authority.shop.example',
  audience: 'https://api.shop.example',
  roles: { viewer: ['*'], clerk: ['*'] },
};

/** Signed with the forger's own key, under the name of the authority's. */
export function signedByForger(kid: string): Promise<string> {
  return signBundle(FORGED, { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, kid });
}

export function unsigned(): string {
  return JSON.stringify({ ...FORGED, sequence: Date.now() });
}

/** Answers everything with a forged mapping, where the authority was. Returns what ends it. */
export async function forge(authority: string, text: string): Promise<() => Promise<void>> {
  const server = createServer((_request, response) => response.end(text)).listen(Number(new URL(authority).port), '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
}
