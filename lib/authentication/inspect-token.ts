import { ownClaim, type Principal } from '../core/index.js';
import { parseJws, type Jws } from '../jws/index.js';
import type { AuthenticationSettings } from './authentication-settings.js';
import { lookalike } from './finding-words.js';
import type { TokenFault } from './findings.js';
import type { IssuerDirectory } from './issuers/issuer-directory.js';
import type { IssuerSettings } from './issuers/issuer-settings.js';
import { checkHeader, IssuerVerifier } from './issuers/issuer-verifier.js';
import { checkClaims, checkTokenKind, claimFaults, issuerUnknown } from './tokens/check-claims.js';
import { readPrincipal } from './tokens/token-principal.js';
import { tokenShape } from './tokens/token-shape.js';

/** The checks of a token, in the order in which a person reads them. */
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

/** What one check found: nothing against the token, a fault, or nothing at all, since it could not be made. */
export type TokenCheck = 'ok' | 'unchecked' | TokenFault;

/** What each check of a token found, whatever the others did. */
export interface TokenInspection {
  readonly checks: Readonly<Record<(typeof TOKEN_CHECKS)[number], TokenCheck>>;
  /** The first fault that a service would find if key and signature were good. */
  readonly fault: TokenFault | undefined;
  /** `undefined`: its shape is not that of a JWT. */
  readonly jws: Jws | undefined;
  /** By whose rules the token was judged. Of a token of an unknown issuer: by those of the issuer that was most likely meant. */
  readonly issuer: IssuerSettings | undefined;
  /** As far as the claims say it: neither they nor the signature need be good. Never let a caller in by it. */
  readonly principal: Principal | undefined;
}

/**
 * Makes each check of a token by itself, where {@link Authenticator} stops at the first that fails. For a person who wants to know all that is
 * wrong with a token; only an Authenticator accepts one.
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
    return { checks: { ...NOT_CHECKED, shape: fault }, fault, jws: undefined, ...NOBODY };
  }
  const { issuer, verifier } = await findIssuer(jws, issuers);
  const typFault = 'reason' in shape && shape.finding.kind === 'token_kind' ? shape : undefined;
  const fault = typFault ?? (typeof issuer === 'object' ? issuer : undefined);
  const checks = { ...NOT_CHECKED, shape: 'ok', header: typFault ?? 'unchecked', issuer } as const;
  if (verifier === undefined) return { checks, fault, jws, ...NOBODY };
  return inspectBy(verifier, jws, checks, fault);
}

/** The issuer that a token names, and whose rules to judge it by: those of the issuer that was most likely meant, where it names another. */
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

const NOBODY = { issuer: undefined, principal: undefined };
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
  const read = readPrincipal(claims, settings); // last, since it freezes the claims
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

/** The only issuer, or the one whose name is nearest. */
function likelyVerifier(iss: unknown, issuers: IssuerDirectory): IssuerVerifier | undefined {
  const verifiers = issuers.verifiers();
  const meant = typeof iss === 'string' ? lookalike(iss, issuers.names) : undefined;
  return verifiers.find(({ settings }) => settings.issuer === meant) ?? (verifiers.length === 1 ? verifiers[0] : undefined);
}
