import type { Logger } from '@nestjs/common';
import { keySource, KeyStore, type KeyEvent } from '../../../authentication/index.js';
import { isRecord, messageOf, shown } from '../../../core/index.js';
import { getJson, isFetchable, jsonDeadline } from '../../../network/http-client/index.js';
import type { ReceiverIssuer } from './receiver-issuer.js';

/** Age up to which keys are used if they cannot be fetched again, in milliseconds: a day. */
const MAX_STALE_MS = 86_400_000;

/** The keys of an identity provider, discovered (OpenID Connect Discovery 1.0) unless their URL is set. */
export function providerKeys(issuer: ReceiverIssuer, logger: Logger): KeyStore {
  return keyStore(issuer, keySource(issuer), logger);
}

/** The keys of a transmitter, discovered (Shared Signals Framework 1.0 section 7) unless their URL is set. */
export function transmitterKeys(issuer: ReceiverIssuer, logger: Logger): KeyStore {
  if (issuer.jwksUri !== undefined || issuer.jwks !== undefined) return providerKeys(issuer, logger);
  const fetch = async () => keySource({ ...issuer, jwksUri: await discoverTransmitterKeys(issuer) }).fetch();
  return keyStore(issuer, { fetch, recall: async () => keySource(issuer).recall?.() }, logger);
}

/** @throws Error with a message for the operator. */
async function discoverTransmitterKeys({ issuer, allowHttp }: ReceiverIssuer): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const url = `${origin}/.well-known/ssf-configuration${pathname === '/' ? '' : pathname}`;
  const metadata = await getJson(url, jsonDeadline());
  if (!isRecord(metadata) || metadata['issuer'] !== issuer)
    throw new Error(
      `GET ${url}: the document is for another issuer than ${issuer}; "issuer" must be exactly its value: ${shown(isRecord(metadata) ? metadata['issuer'] : metadata)}`,
    );
  const uri = metadata['jwks_uri'];
  if (typeof uri !== 'string' || !URL.canParse(uri) || !isFetchable(new URL(uri), allowHttp))
    throw new Error(`GET ${url}: its "jwks_uri" is not an https URL`);
  return uri;
}

function keyStore(
  { issuer, jwks, algorithms }: ReceiverIssuer,
  source: ConstructorParameters<typeof KeyStore>[0],
  logger: Logger,
): KeyStore {
  return new KeyStore(source, {
    maxStaleMs: jwks === undefined ? MAX_STALE_MS : Infinity,
    accepted: algorithms,
    report: (event) => log(issuer, event, logger),
  });
}

function log(issuer: string, event: KeyEvent, logger: Logger): void {
  if (event.kind === 'loaded' || event.kind === 'recalled') logger.debug(`Holding ${event.keys} keys of ${issuer}`);
  else if (event.kind === 'unfit')
    logger.warn(
      `No key of ${issuer} serves an accepted algorithm (${event.accepted.join(', ')}), so its tokens are refused. Its keys serve ${event.served.join(', ')}.`,
    );
  else if (event.kind === 'file_failed')
    logger.warn(`The keys of ${issuer} could not be written to disk: ${messageOf(event.error)}`);
  else
    logger.warn(
      `The keys of ${issuer} cannot be fetched: ${event.keysHeld > 0 ? `the ${event.keysHeld} keys held stay in use` : 'no key is held, so requests with its tokens get 503'}. ${messageOf(event.error)}`,
    );
}
