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

/** Where keys come from. */
export interface KeyOptions {
  /** Keys in place of those of the issuer. */
  readonly jwks: { readonly keys: readonly object[] } | undefined;
  readonly isOffline: boolean;
}

/** The issuers of the options, each with its keys, and what happened to the keys. */
export interface Issuers {
  readonly directory: IssuerDirectory;
  /** Why keys could not be had, by issuer. */
  readonly failures: ReadonlyMap<string, string>;
  /** Whether keys that are not at hand would have to be fetched, which is not to be done. */
  readonly isOutOfReach: (settings: IssuerSettings) => boolean;
}

/** Makes the issuers as the service does, but for where their keys come from. */
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
  // The file belongs to the service: it is not written here.
  return renewedVerifier(
    { ...settings, jwksFile: undefined },
    before,
    (event) => 'error' in event && failed(event.error),
    failed,
  );
}

/** Verifies with the keys that the service has kept on disk, if any. */
function keptVerifier(settings: IssuerSettings, failed: (error: unknown) => void): IssuerVerifier {
  const source = keySource(settings);
  const fetch = async () => {
    const kept = await source.recall?.();
    if (kept === undefined) throw new Error('offline: no keys are at hand');
    return kept;
  };
  const keys = new KeyStore({ fetch }, { maxStaleMs: Infinity, report: (event) => 'error' in event && failed(event.error) });
  return new IssuerVerifier(settings, keys);
}
