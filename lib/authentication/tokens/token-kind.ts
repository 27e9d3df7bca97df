import { ownClaim as own, text } from '../../core/index.js';
import type { Claims } from '../issuers/issuer-options.interface.js';
import { isAtJwt } from './token-shape.js';

/** The kind of token that an issuer's settings accept. */
export type TokenKind = 'access' | 'id';

/**
 * Whether a token is of the accepted kind (RFC 8725 section 3.11). The issuer's own name for the kind decides. The look of the token (`nonce`,
 * `at_hash`, `aud`) counts only without such a name: some issuers copy claims of the login into access tokens.
 *
 * @param typ The header's `typ`, in lower case.
 * @param required What the options require of claims. For a claim that holds the kind they say how this issuer names its access tokens.
 */
export function isOfKind(claims: Claims, kind: TokenKind, typ?: unknown, required: RequiredClaims = new Map()): boolean {
  if (Object.hasOwn(claims, 'events') || isNamedOtherwise(claims, kind, required)) return false;
  return kind === 'id' || isAtJwt({ typ }) || isNamedAccess(claims, required) || !looksLikeIdToken(claims);
}

/** What the options require of claims: any of these values. */
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

function isNamedOtherwise(claims: Claims, kind: TokenKind, required: RequiredClaims): boolean {
  const isOther = ({ claim, access, id }: KindClaim) => {
    const name = own(claims, claim);
    return name !== undefined && !(required.get(claim) ?? access).includes(name) && !(kind === 'id' && id.includes(name));
  };
  const namesOther = (claim: string) => {
    const name = own(claims, claim);
    return typeof name === 'string' && (NEITHER.test(name) || (kind === 'access' && ID_TOKEN.test(name)));
  };
  return KIND_CLAIMS.some(isOther) || LOOSE_KIND_CLAIMS.some(namesOther);
}

function isNamedAccess(claims: Claims, required: RequiredClaims): boolean {
  const isAccess = ({ claim, access }: KindClaim) => (required.get(claim) ?? access).includes(own(claims, claim));
  return KIND_CLAIMS.some(isAccess) || own(claims, 'tokenName') === 'access_token'; // ForgeRock
}

function looksLikeIdToken(claims: Claims): boolean {
  if (['at_hash', 'c_hash'].some((name) => Object.hasOwn(claims, name))) return true;
  if (isForAnApi(claims)) return false;
  return Object.hasOwn(claims, 'nonce') || isForItsClientAlone(claims);
}

/**
 * Claims of Microsoft's access tokens that its ID tokens lack: scopes in `scp` (Azure AD B2C copies the login's `nonce` beside them), and how
 * the client authenticated. `scope` is no such sign: Cloud Foundry's UAA writes it into ID tokens, too.
 */
function isForAnApi(claims: Claims): boolean {
  return [own(claims, 'scp'), own(claims, 'azpacr'), own(claims, 'appidacr')].flat().some((value) => text(value) !== undefined);
}

/** Google's Identity-Aware Proxy: it signs one kind of token, whose `aud` is `azp`. */
const GOOGLE_IAP = 'https://cloud.google.com/iap';

/** Whether `aud` names just the client that asked, and nothing says what it may do: the shape of an ID token. */
function isForItsClientAlone(claims: Claims): boolean {
  if (own(claims, 'iss') === GOOGLE_IAP) return false;
  if (['scope', 'scp', 'client_id'].some((name) => Object.hasOwn(claims, name)) || isAppOnly(claims)) return false;
  const [audience, ...others] = [own(claims, 'aud')].flat();
  return audience !== undefined && others.length === 0 && audience === own(claims, 'azp');
}

/** A token of Entra ID for an application's own API. Its ID tokens may have `roles`, but never `azp`, the claim that brings us here. */
function isAppOnly(claims: Claims): boolean {
  return own(claims, 'idtyp') === 'app' || (Object.hasOwn(claims, 'tid') && Object.hasOwn(claims, 'roles'));
}
