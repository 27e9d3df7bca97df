import { randomUUID } from 'node:crypto';
import { signJws } from '../../jws/index.js';
import type { ClientSettings } from './client-settings.js';

/** Headers and parameters that authenticate the client to the token endpoint. */
export interface ClientAuthentication {
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Lifetime of an assertion, in seconds. */
const ASSERTION_SECONDS = 60;

/** Returns the authentication for one request: an assertion may be used only once. @param endpoint URL of the token endpoint. */
export function clientAuthentication({ clientId, proof, issuer }: ClientSettings, endpoint: string): ClientAuthentication {
  switch (proof.method) {
    case 'client_secret_basic': {
      const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(proof.secret)}`).toString('base64');
      return { headers: { authorization: `Basic ${credentials}` }, parameters: {} };
    }
    case 'client_secret_post':
      return { headers: {}, parameters: { client_id: clientId, client_secret: proof.secret } };
    case 'private_key_jwt': {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: clientId,
        sub: clientId,
        aud: proof.audience ?? issuer ?? endpoint,
        jti: randomUUID(),
        iat: now,
        exp: now + ASSERTION_SECONDS,
      };
      return {
        headers: {},
        parameters: {
          client_id: clientId,
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: signJws(JSON.stringify(claims), { kid: proof.key.kid, typ: 'JWT' }, proof.key),
        },
      };
    }
  }
}

/** Form-encodes id and secret before they become user and password (RFC 6749 section 2.3.1). */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
