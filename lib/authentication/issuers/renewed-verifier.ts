import { keySource } from '../keys/key-source.js';
import { KeyStore, type KeyEvent } from '../keys/key-store.js';
import { hasSameKeys, type IssuerSettings } from './options/issuer-settings.js';
import { IssuerVerifier } from './issuer-verifier.js';
import type { FailureReport } from './throttled-report.js';

/**
 * Makes the verifier of an issuer. It keeps the keys already held: renewed settings of a resolver cause no fetch.
 * @param before The verifier with the settings before; not used any more afterwards.
 * @param report Called with every event about the keys.
 * @param reportLookup Called with the reason why roles cannot be looked up.
 */
export function renewedVerifier(
  settings: IssuerSettings,
  before: IssuerVerifier | undefined,
  report: (event: KeyEvent) => void,
  reportLookup?: FailureReport,
): IssuerVerifier {
  if (settings.legacy !== undefined) return new IssuerVerifier(settings, undefined, before?.statistics, reportLookup);
  if (before?.keys !== undefined && hasSameKeys(before.settings, settings))
    return new IssuerVerifier(settings, before.keys, before.statistics);
  before?.stop();
  const maxStaleMs = settings.jwks === undefined ? settings.jwksMaxStaleSeconds * 1000 : Infinity;
  return new IssuerVerifier(
    settings,
    new KeyStore(keySource(settings), { maxStaleMs, accepted: settings.algorithms, report }),
    before?.statistics,
  );
}
