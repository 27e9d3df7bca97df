import { isRecord, ownClaim } from '../../../core/index.js';

/** Names somebody or something (RFC 9493, Shared Signals Framework 1.0 section 3). */
export interface SubjectIdentifier {
  /** `iss_sub`, `email`, `opaque`, `account`, `phone_number` … */
  readonly format: string;
  readonly [member: string]: unknown;
}

/** What identifiers of the formats read here must have, each a text. */
const MEMBERS: Readonly<Record<string, readonly string[] | undefined>> = {
  iss_sub: ['iss', 'sub'],
  jwt_id: ['iss', 'jti'],
  opaque: ['id'],
  email: ['email'],
};

/** Whether a value is an identifier, with all that its format asks for. */
export function isSubjectIdentifier(value: unknown): value is SubjectIdentifier {
  if (!isRecord(value)) return false;
  const format = ownClaim(value, 'format');
  if (typeof format !== 'string' || format === '') return false;
  const members = Object.hasOwn(MEMBERS, format) ? MEMBERS[format] : [];
  return (members ?? []).every((member) => textOf(value, member) !== undefined);
}

/** A member that is a text. */
export function textOf(identifier: Readonly<Record<string, unknown>>, member: string): string | undefined {
  const value = ownClaim(identifier, member);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
