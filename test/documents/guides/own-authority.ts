import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stopAtTheEnd } from '../../servers/stop-at-the-end.js';

/** A server over https on loopback, with a certificate that no public authority issued. */
export interface OwnAuthorityServer {
  readonly url: string;
  /** File with the certificate of the authority. */
  readonly certificate: string;
  stop(): Promise<void>;
}

/**
 * Makes a certificate for 127.0.0.1 that no public authority issued.
 * @param folder Where the key and the certificate are written.
 */
export function ownCertificate(folder: string): { readonly key: Buffer; readonly cert: Buffer; readonly certificate: string } {
  const [key, certificate] = [join(folder, 'ca.key'), join(folder, 'ca.crt')];
  const names = ['-subj', '/CN=acme', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  execFileSync('openssl', ['req', '-x509', ...options, ...names, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(certificate), certificate };
}

/** @param folder Where the key and the certificate are written. */
export async function startWithOwnAuthority(folder: string, answer: RequestListener): Promise<OwnAuthorityServer> {
  const { certificate, ...pair } = ownCertificate(folder);
  const server = createServer(pair, answer);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return stopAtTheEnd({
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
