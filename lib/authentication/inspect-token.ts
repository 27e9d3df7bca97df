import { ownClaim, type Principal } from '../core/index.js';
import { parseJws, type Jws } from '../jws/index.js';
import type { AuthenticationSettings } from './authentication-settings.js';
import type { TokenFault } from './findings.js';
import type { IssuerDirectory } from './issuers/issuer-directory.js';
import type { IssuerSettings } from './issuers/options/issuer-settings.js';
import { checkHeader, IssuerVerifier } from './issuers/issuer-verifier.js';
import { checkClaims, checkTokenKind, claimFaults, issuerUnknown } from './tokens/check-claims.js';
import { readPrincipal } from './tokens/token-principal.js';
import { tokenShape } from './tokens/token-shape.js';
import { lookalike } from './messages/name-words.js';

/** The checks of a token, in the order of a report. */
export const TOKEN_CHECKS = [
  'shape',
  'header',
  'issuer',
  'kind',
  'key',
  'signature',
  'times',
  'audience',
  'claims',
  'principal',
] as const;

/** The result of one check: passed, not possible, or a fault. */
export type TokenCheck = 'ok' | 'unchecked' | TokenFault;

/** The result of every check of a token. */
export interface TokenInspection {
  readonly checks: Readonly<Record<(typeof TOKEN_CHECKS)[number], TokenCheck>>;
  /** The first fault that a service would find if key and signature were valid. */
  readonly fault: TokenFault | undefined;
  /** `undefined` if the token is no JWT. */
  readonly jws: Jws | undefined;
  /** The issuer whose settings were applied. For an unknown `iss`: the issuer that was most likely meant. */
  readonly issuer: IssuerSettings | undefined;
  /** The principal that the claims describe. **Unverified**: neither claims nor signature need be valid. Never grant access by it. */
  readonly principal: Principal | undefined;
}

/**
 * Runs every check of a token, where {@link Authenticator} stops at the first failure. For a report of all that is wrong with a token; only an
 * Authenticator accepts tokens.
 */
export async function inspectToken(
  token: string,
  settings: AuthenticationSettings,
  issuers: IssuerDirectory,
): Promise<TokenInspection> {
  const shape = tokenShape(token, settings.maxTokenBytes, issuers.knowsTokensWithoutIss);
  const jws = parseJws(token, settings.maxTokenBytes);
  if (typeof jws === 'string') {
    const fault = shape as TokenFault;
    return { checks: { ...NOT_CHECKED, shape: fault }, fault, jws: undefined, ...NOT_FOUND };
  }
  const { issuer, verifier } = await findIssuer(jws, issuers);
  const typFault = 'reason' in shape && shape.finding.kind === 'token_kind' ? shape : undefined;
  const fault = typFault ?? (typeof issuer === 'object' ? issuer : undefined);
  const checks = { ...NOT_CHECKED, shape: 'ok', header: typFault ?? 'unchecked', issuer } as const;
  if (verifier === undefined) return { checks, fault, jws, ...NOT_FOUND };
  return inspectBy(verifier, jws, checks, fault);
}

/** Checks the issuer that a token names, and finds the settings to apply: for an unknown issuer those of the one most likely meant. */
async function findIssuer(
  { claims }: Jws,
  issuers: IssuerDirectory,
): Promise<{ readonly issuer: TokenCheck; readonly verifier: IssuerVerifier | undefined }> {
  const iss = ownClaim(claims, 'iss');
  const found = typeof iss === 'string' || iss === undefined ? await issuers.find(iss) : undefined;
  if (found instanceof IssuerVerifier) return { issuer: 'ok', verifier: found };
  const issuer = found === 'unavailable' ? 'unchecked' : issuerUnknown(iss, issuers.names, issuers.isResolved);
  return { issuer, verifier: likelyVerifier(iss, issuers) };
}

const NOT_FOUND = { issuer: undefined, principal: undefined };
const NOT_CHECKED = Object.fromEntries(TOKEN_CHECKS.map((name) => [name, 'unchecked'])) as Record<
  (typeof TOKEN_CHECKS)[number],
  TokenCheck
>;

async function inspectBy(
  verifier: IssuerVerifier,
  jws: Jws,
  before: TokenInspection['checks'],
  fault: TokenFault | undefined,
): Promise<TokenInspection> {
  const { settings } = verifier;
  const { claims, header } = jws;
  const headerFault = checkHeader(jws, settings);
  const kindFault = checkTokenKind(claims, settings, header.typ);
  const claimsFault = checkClaims(claims, settings, Date.now() / 1000);
  const claimed = claimChecks(jws, settings);
  const keys = settings.algorithms.includes(header.alg) ? await keyChecks(verifier, jws) : {};
  const read = readPrincipal(claims, settings); // last: it freezes the claims
  const [principal, principalFault] = 'reason' in read ? [undefined, read] : [read, undefined];
  return {
    checks: {
      ...before,
      header: before.header === 'unchecked' ? (headerFault ?? 'ok') : before.header,
      kind: kindFault ?? 'ok',
      ...keys,
      ...claimed,
      principal: principalFault ?? 'ok',
    },
    fault: [fault, headerFault, kindFault, claimsFault, principalFault].find((found) => found !== undefined),
    jws,
    issuer: settings,
    principal,
  };
}

async function keyChecks(verifier: IssuerVerifier, jws: Jws): Promise<Record<'key' | 'signature', TokenCheck>> {
  const found = await verifier.findKeys(jws);
  if (!('key' in found)) return { key: found, signature: 'unchecked' };
  return { key: 'ok', signature: (await verifier.checkSignature(found, jws)) ?? 'ok' };
}

function claimChecks({ claims }: Jws, settings: IssuerSettings): Record<'times' | 'audience' | 'claims', TokenCheck> {
  const { times = 'ok', audience = 'ok', claims: others = 'ok' } = claimFaults(claims, settings, Date.now() / 1000);
  return { times, audience, claims: others };
}

/** The issuer whose name is most similar, or the only one. */
function likelyVerifier(iss: unknown, issuers: IssuerDirectory): IssuerVerifier | undefined {
  const verifiers = issuers.verifiers();
  const meant = typeof iss === 'string' ? lookalike(iss, issuers.names) : undefined;
  return verifiers.find(({ settings }) => settings.issuer === meant) ?? (verifiers.length === 1 ? verifiers[0] : undefined);
}
