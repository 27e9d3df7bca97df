import { isRecord, ownClaim } from '../../../core/index.js';

/** Identifies a subject (RFC 9493, Shared Signals Framework 1.0 section 3). */
export interface SubjectIdentifier {
  /** `iss_sub`, `email`, `opaque`, `account`, `phone_number` … */
  readonly format: string;
  readonly [member: string]: unknown;
}

/** Required members of the formats read here, each a string. */
const MEMBERS: Readonly<Record<string, readonly string[] | undefined>> = {
  iss_sub: ['iss', 'sub'],
  jwt_id: ['iss', 'jti'],
  opaque: ['id'],
  email: ['email'],
};

/** Whether a value is an identifier with all members that its format requires. */
export function isSubjectIdentifier(value: unknown): value is SubjectIdentifier {
  if (!isRecord(value)) return false;
  const format = ownClaim(value, 'format');
  if (typeof format !== 'string' || format === '') return false;
  const members = Object.hasOwn(MEMBERS, format) ? MEMBERS[format] : [];
  return (members ?? []).every((member) => stringOf(value, member) !== undefined);
}

/** Returns a member that is a non-empty string. */
export function stringOf(identifier: Readonly<Record<string, unknown>>, member: string): string | undefined {
  const value = ownClaim(identifier, member);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
