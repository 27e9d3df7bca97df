import { isRecord, shown } from '../../core/index.js';
import { isFetchable } from './http-url.js';

/**
 * Reads a URL from the issuer's discovery document (OpenID Connect Discovery 1.0 sections 3, 4 and 4.3).
 * @param member Member of the document that contains the URL.
 * @param get Fetches a JSON document.
 * @throws Error with a message for the operator.
 */
export async function discoverEndpoint(
  issuer: string,
  member: 'jwks_uri' | 'token_endpoint',
  allowHttp: boolean,
  get: (url: string) => Promise<unknown>,
): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const metadata = await get(url);
  if (!isRecord(metadata)) throw new Error(`GET ${url}: the response is not a JSON object`);
  if (metadata['issuer'] !== issuer)
    throw new Error(
      `GET ${url}: the document is for another issuer than ${issuer}; "issuer" must be written exactly as it says: ${shown(metadata['issuer'])}`,
    );
  const uri = metadata[member];
  if (typeof uri !== 'string' || !URL.canParse(uri) || !isFetchable(new URL(uri), allowHttp))
    throw new Error(`GET ${url}: its "${member}" is not an https URL`);
  return uri;
}
