import { ownClaim } from '../../../core/index.js';
import type { HolderRevocation, TokenRevocation } from '../../../revocation/index.js';
import { isSubjectIdentifier, stringOf, type SubjectIdentifier } from './subject-identifier.js';

/** What an event's rule is about: the members of a rule except its moment. */
export type RuleTarget =
  | Pick<HolderRevocation, 'kind' | 'value' | 'issuer' | 'subject'>
  | (Pick<TokenRevocation, 'kind' | 'value' | 'issuer'> & { readonly kind: 'token' });

/** The subject of an event of another issuer: its tokens are not revoked for this transmitter. */
interface ForeignTarget {
  /** The issuer that the identifier names. */
  readonly foreign: string;
}

/** How subject identifiers are resolved. */
export interface TargetTerms {
  /** The application's function; `undefined` for an unknown user. */
  readonly subject: (identifier: SubjectIdentifier) => Promise<string | undefined>;
  /** Issuer of the revoked tokens; `undefined`: the transmitter. */
  readonly tokenIssuer: string | undefined;
  /** The transmitter. */
  readonly issuer: string;
  /** Whether rules name subjects by `sub`, and identifiers by the same. Default: false. */
  readonly isBySub?: boolean;
}

/** Issuer of the tokens that events revoke. */
export const revokedIssuer = ({ tokenIssuer, issuer }: Pick<TargetTerms, 'tokenIssuer' | 'issuer'>): string =>
  tokenIssuer ?? issuer;

type Found = RuleTarget | ForeignTarget | undefined;

/** Parts of a complex subject that no rule can name. */
const UNKNOWN_PARTS = ['device', 'application', 'group', 'org_unit'] as const;

/**
 * Resolves the `sub_id` of an event. An identifier may name the transmitter or the issuer of the revoked tokens. With any other issuer it is
 * another user, even if the id is the same, unless the application's function knows better.
 * @param isOfSession For a subject with user and session: `true` revokes the session, `false` all tokens of the user.
 * @returns `undefined` for an unknown subject, `faulty` for an invalid identifier.
 * @throws what the application's function throws.
 */
export async function targetOf(value: unknown, isOfSession: boolean, terms: TargetTerms): Promise<Found | 'faulty'> {
  if (!isSubjectIdentifier(value)) return 'faulty';
  return value.format === 'complex' ? targetOfParts(value, isOfSession, terms) : simpleTarget(value, terms);
}

async function targetOfParts(complex: SubjectIdentifier, isOfSession: boolean, terms: TargetTerms): Promise<Found | 'faulty'> {
  const part = (name: string) => ownClaim(complex, name);
  const parts = ['user', 'session', 'tenant', ...UNKNOWN_PARTS].map(part).filter((value) => value !== undefined);
  if (parts.length === 0 || !parts.every(isSubjectIdentifier)) return 'faulty';
  const [user, session, tenant] = ['user', 'session', 'tenant'].map(part) as (SubjectIdentifier | undefined)[];
  if (user !== undefined) return holderOfUser(user, session, isOfSession, terms);
  if (session !== undefined) return opaqueTarget('session', session, terms);
  // A tenant with a device means the device, not the whole tenant.
  return tenant !== undefined && parts.length === 1 ? opaqueTarget('tenant', tenant, terms) : undefined;
}

async function holderOfUser(
  user: SubjectIdentifier,
  session: SubjectIdentifier | undefined,
  isOfSession: boolean,
  terms: TargetTerms,
): Promise<Found> {
  // A session belongs to the issuer of its user.
  const isOurs = foreignIssuer(user, terms) === undefined;
  const bySession = session !== undefined && isOurs ? sessionOf(user, session, terms) : undefined;
  return (isOfSession ? bySession : undefined) ?? (await simpleTarget(user, terms)) ?? bySession;
}

/** Adds the session's subject, if the identifier names it as tokens do. */
function sessionOf(user: SubjectIdentifier, session: SubjectIdentifier, terms: TargetTerms): RuleTarget | undefined {
  const target = opaqueTarget('session', session, terms);
  const subject = terms.isBySub && user.format === 'iss_sub' ? stringOf(user, 'sub') : undefined;
  return target?.kind === 'session' && subject !== undefined ? { ...target, subject } : target;
}

function opaqueTarget(kind: 'session' | 'tenant', identifier: SubjectIdentifier, terms: TargetTerms): RuleTarget | undefined {
  const value = identifier.format === 'opaque' ? stringOf(identifier, 'id') : undefined;
  return value === undefined ? undefined : { kind, value, issuer: revokedIssuer(terms) };
}

async function simpleTarget(identifier: SubjectIdentifier, terms: TargetTerms): Promise<Found> {
  const [issuer, foreign] = [revokedIssuer(terms), foreignIssuer(identifier, terms)];
  if (identifier.format === 'jwt_id')
    return foreign === undefined ? { kind: 'token', value: stringOf(identifier, 'jti') ?? '', issuer } : { foreign };
  const known = await terms.subject(identifier);
  if (known !== undefined) return { kind: 'subject', value: known, issuer };
  if (identifier.format !== 'iss_sub') return undefined;
  return foreign === undefined ? { kind: 'subject', value: stringOf(identifier, 'sub') ?? '', issuer } : { foreign };
}

function foreignIssuer(identifier: SubjectIdentifier, terms: TargetTerms): string | undefined {
  const named = stringOf(identifier, 'iss');
  return named === undefined || named === revokedIssuer(terms) || named === terms.issuer ? undefined : named;
}
