import { ownClaim } from '../core/index.js';
import type { HolderRevocation, TokenRevocation } from '../revocation/index.js';
import { isSubjectIdentifier, textOf, type SubjectIdentifier } from './subject-identifier.js';

/** Whose tokens an event withdraws: what a rule says beside its moment. */
export type EventHolder =
  | Pick<HolderRevocation, 'kind' | 'value' | 'issuer'>
  | (Pick<TokenRevocation, 'kind' | 'value' | 'issuer'> & { readonly kind: 'token' });

/** How identifiers become holders. */
export interface HolderTerms {
  /** The application's own answer; `undefined` where it does not know. */
  readonly subject: (identifier: SubjectIdentifier) => Promise<string | undefined>;
  /** Whose tokens are withdrawn; `undefined`: those of the issuer that the identifier names. */
  readonly tokenIssuer: string | undefined;
  /** The transmitter. */
  readonly issuer: string;
}

/** Parts of a complex subject that are somebody or something that tokens are not known by here. */
const UNKNOWN_PARTS = ['device', 'application', 'group', 'org_unit'] as const;

/**
 * Whose tokens are meant by the `sub_id` of an event.
 * @param isOfSession Of a subject that names user and session: the session. Otherwise: all that the user holds.
 * @returns `undefined` where it is nobody who is known here, `faulty` where it is no identifier.
 * @throws what the application's answer throws.
 */
export async function holderOf(
  value: unknown,
  isOfSession: boolean,
  terms: HolderTerms,
): Promise<EventHolder | undefined | 'faulty'> {
  if (!isSubjectIdentifier(value)) return 'faulty';
  return value.format === 'complex' ? holderOfParts(value, isOfSession, terms) : simpleHolder(value, terms);
}

async function holderOfParts(
  complex: SubjectIdentifier,
  isOfSession: boolean,
  terms: HolderTerms,
): Promise<EventHolder | undefined | 'faulty'> {
  const part = (name: string) => ownClaim(complex, name);
  const parts = ['user', 'session', 'tenant', ...UNKNOWN_PARTS].map(part).filter((value) => value !== undefined);
  if (parts.length === 0 || !parts.every(isSubjectIdentifier)) return 'faulty';
  const [user, session, tenant] = ['user', 'session', 'tenant'].map(part) as (SubjectIdentifier | undefined)[];
  const byUser = () => user && simpleHolder(user, terms);
  const bySession = () => session && opaqueHolder('session', session, terms);
  if (user !== undefined || session !== undefined)
    return isOfSession ? (bySession() ?? byUser()) : ((await byUser()) ?? bySession());
  // Of a tenant and a device, the device is meant, and not all of the tenant.
  return tenant !== undefined && parts.length === 1 ? opaqueHolder('tenant', tenant, terms) : undefined;
}

function opaqueHolder(
  kind: 'session' | 'tenant',
  identifier: SubjectIdentifier,
  { tokenIssuer, issuer }: HolderTerms,
): EventHolder | undefined {
  const value = identifier.format === 'opaque' ? textOf(identifier, 'id') : undefined;
  return value === undefined ? undefined : { kind, value, issuer: tokenIssuer ?? issuer };
}

async function simpleHolder(identifier: SubjectIdentifier, terms: HolderTerms): Promise<EventHolder | undefined> {
  const named = textOf(identifier, 'iss');
  const issuer = terms.tokenIssuer ?? named ?? terms.issuer;
  if (identifier.format === 'jwt_id') return { kind: 'token', value: textOf(identifier, 'jti') ?? '', issuer };
  const known = await terms.subject(identifier);
  const value = known ?? (identifier.format === 'iss_sub' ? textOf(identifier, 'sub') : undefined);
  return value === undefined ? undefined : { kind: 'subject', value, issuer };
}
