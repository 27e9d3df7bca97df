import { keySource } from '../keys/key-source.js';
import { KeyStore, type KeyEvent } from '../keys/key-store.js';
import { hasSameKeys, type IssuerSettings } from './issuer-settings.js';
import { IssuerVerifier } from './issuer-verifier.js';
import type { FailureReport } from './throttled-report.js';

/**
 * The verifier of an issuer. Keys held for it go on: settings read anew from a resolver do not fetch them again.
 * @param before The one that verified by the settings before; it is of no use any more.
 * @param report Told what happens to the keys.
 * @param reportLookup Told why roles that are kept outside the token cannot be looked up.
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
