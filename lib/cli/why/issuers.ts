import { messageOf } from '../../core/index.js';
import {
  IssuerDirectory,
  IssuerVerifier,
  KeyStore,
  keySource,
  renewedVerifier,
  type AuthenticationSettings,
  type IssuerSettings,
} from '../../authentication/index.js';

/** The source of keys. */
export interface KeyOptions {
  /** Keys to use instead of those of the issuer. */
  readonly jwks: { readonly keys: readonly object[] } | undefined;
  readonly isOffline: boolean;
}

/** The issuers of the options with their keys, and errors of fetching them. */
export interface Issuers {
  readonly directory: IssuerDirectory;
  /** Reasons why keys could not be loaded, by issuer. */
  readonly failures: ReadonlyMap<string, string>;
  /** Returns true if the keys would have to be fetched, but --offline forbids it. */
  readonly isOutOfReach: (settings: IssuerSettings) => boolean;
}

/** Creates the issuers as the service does, with other sources of keys. */
export function issuersOf(settings: AuthenticationSettings, { jwks, isOffline }: KeyOptions): Issuers {
  const failures = new Map<string, string>();
  const isOutOfReach = (of: IssuerSettings) =>
    isOffline && jwks === undefined && of.jwks === undefined && of.legacy === undefined;
  const verifierOf = (of: IssuerSettings, before: IssuerVerifier | undefined) => {
    const failed = (error: unknown) => failures.set(of.issuer, messageOf(error));
    if (jwks !== undefined && of.legacy === undefined)
      return verifier({ ...of, jwks, jwksUri: undefined, jwksFile: undefined }, before, failed);
    return isOffline && of.jwks === undefined && of.legacy === undefined
      ? keptVerifier(of, failed)
      : verifier(of, before, failed);
  };
  const reportIssuers = (error: unknown) => failures.set('', messageOf(error));
  return {
    directory: new IssuerDirectory(settings.issuers, settings.resolver, verifierOf, reportIssuers),
    failures,
    isOutOfReach,
  };
}

function verifier(
  settings: IssuerSettings,
  before: IssuerVerifier | undefined,
  failed: (error: unknown) => void,
): IssuerVerifier {
  // The file belongs to the service: the command must not write it.
  return renewedVerifier(
    { ...settings, jwksFile: undefined },
    before,
    (event) => 'error' in event && failed(event.error),
    failed,
  );
}

/** Returns a verifier that uses the keys that the service stored on disk, if any. */
function keptVerifier(settings: IssuerSettings, failed: (error: unknown) => void): IssuerVerifier {
  const source = keySource(settings);
  const fetch = async () => {
    const kept = await source.recall?.();
    if (kept === undefined) throw new Error('offline: no keys are available');
    return kept;
  };
  const keys = new KeyStore({ fetch }, { maxStaleMs: Infinity, report: (event) => 'error' in event && failed(event.error) });
  return new IssuerVerifier(settings, keys);
}
