import { ownClaim as own, text } from '../../core/index.js';
import type { Claims } from '../issuers/claims/claims.js';
import { isAtJwt } from './token-shape.js';

/** The kind of token that an issuer's settings accept. */
export type TokenKind = 'access' | 'id';

/**
 * Returns the claim that shows a token to be of another kind than the accepted one (RFC 8725 section 3.11); `undefined` if it is of that kind.
 * A claim that names the kind decides. Other signs (`nonce`, `at_hash`, `aud`) count only without such a claim: some issuers copy claims of the
 * login into access tokens.
 *
 * @param typ The header's `typ`, in lower case.
 * @param required The option `requiredClaims`. For a claim that holds the kind, it says how this issuer names its access tokens.
 */
export function signOfAnotherKind(
  claims: Claims,
  kind: TokenKind,
  typ?: unknown,
  required: RequiredClaims = new Map(),
): string | undefined {
  const named = Object.hasOwn(claims, 'events') ? 'events' : nameOfAnotherKind(claims, kind, required);
  if (named !== undefined) return named;
  return kind === 'id' || isAtJwt({ typ }) || isNamedAccess(claims, required) ? undefined : lookOfIdToken(claims);
}

/** Accepted values of claims. */
type RequiredClaims = ReadonlyMap<string, readonly unknown[]>;

interface KindClaim {
  readonly claim: string;
  readonly access: readonly unknown[];
  readonly id: readonly unknown[];
}

/** Claims that hold the kind of the token and nothing else: any other value is another kind. */
const KIND_CLAIMS: readonly KindClaim[] = [
  { claim: 'typ', access: ['Bearer', 'DPoP'], id: ['ID'] }, // Keycloak
  { claim: 'token_use', access: ['access'], id: ['id'] }, // Cognito
];

/** Claims that hold the kind at some issuers and something else at others: only the name of another kind refuses the token. */
const LOOSE_KIND_CLAIMS = ['tokenName', 'token_type', 'tokenType', 'type'];
const NEITHER = /^(refresh|offline|logout)[_-]?(token)?$/i;
const ID_TOKEN = /^id[_-]?(token)?$/i;

function nameOfAnotherKind(claims: Claims, kind: TokenKind, required: RequiredClaims): string | undefined {
  const isOther = ({ claim, access, id }: KindClaim) => {
    const name = own(claims, claim);
    return name !== undefined && !(required.get(claim) ?? access).includes(name) && !(kind === 'id' && id.includes(name));
  };
  const namesOther = (claim: string) => {
    const name = own(claims, claim);
    return typeof name === 'string' && (NEITHER.test(name) || (kind === 'access' && ID_TOKEN.test(name)));
  };
  return KIND_CLAIMS.find(isOther)?.claim ?? LOOSE_KIND_CLAIMS.find(namesOther);
}

function isNamedAccess(claims: Claims, required: RequiredClaims): boolean {
  const isAccess = ({ claim, access }: KindClaim) => (required.get(claim) ?? access).includes(own(claims, claim));
  return KIND_CLAIMS.some(isAccess) || own(claims, 'tokenName') === 'access_token'; // ForgeRock
}

function lookOfIdToken(claims: Claims): string | undefined {
  const hash = ['at_hash', 'c_hash'].find((name) => Object.hasOwn(claims, name));
  if (hash !== undefined || isForAnApi(claims)) return hash;
  if (Object.hasOwn(claims, 'nonce')) return 'nonce';
  return isForItsClientAlone(claims) ? 'azp' : undefined;
}

/**
 * Whether a token has claims that Microsoft's ID tokens lack: scopes in `scp` (Azure AD B2C copies the login's `nonce` beside them), or how the
 * client authenticated. `scope` is no such sign: Cloud Foundry's UAA writes it into ID tokens too.
 */
function isForAnApi(claims: Claims): boolean {
  return [own(claims, 'scp'), own(claims, 'azpacr'), own(claims, 'appidacr')].flat().some((value) => text(value) !== undefined);
}

/** Google's Identity-Aware Proxy signs one kind of token only, whose `aud` equals `azp`. */
const GOOGLE_IAP = 'https://cloud.google.com/iap';

/** Whether `aud` names only the client, and no claim says what the client may do: the shape of an ID token. */
function isForItsClientAlone(claims: Claims): boolean {
  if (own(claims, 'iss') === GOOGLE_IAP) return false;
  if (['scope', 'scp', 'client_id'].some((name) => Object.hasOwn(claims, name)) || isAppOnly(claims)) return false;
  const [audience, ...others] = [own(claims, 'aud')].flat();
  return audience !== undefined && others.length === 0 && audience === own(claims, 'azp');
}

/** Whether it is a token of Entra ID for an application's own API. ID tokens of Entra ID may have `roles`, but never `azp`, which the caller has found. */
function isAppOnly(claims: Claims): boolean {
  return own(claims, 'idtyp') === 'app' || (Object.hasOwn(claims, 'tid') && Object.hasOwn(claims, 'roles'));
}
