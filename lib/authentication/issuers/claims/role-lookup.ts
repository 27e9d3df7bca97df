import { isName, MAX_NAME_LENGTH, withRoles, type Principal } from '../../../core/index.js';
import { inTime } from '../../../network/remote/index.js';
import { fault, type TokenFault } from '../../findings.js';
import { unawaited } from './function-option.js';
import type { Claims } from './claims.js';

/** The second argument of {@link FindRoles}. */
export interface FindRolesContext {
  /** The subject, as the option `subject` reads or translates it. */
  readonly subject: string;
  /** Aborts at the deadline. */
  readonly signal: AbortSignal;
}

/** Returns the roles for a verified token, such as from a database. `null` or `undefined` means that there is no such user: the token is refused. */
export type FindRoles = (
  claims: Claims,
  context: FindRolesContext,
) => readonly string[] | null | undefined | Promise<readonly string[] | null | undefined>;

/** Settings of a {@link RoleLookup}. */
export interface RoleLookupSettings {
  readonly find: FindRoles;
  readonly timeoutMs: number;
  /** How long found roles are used without another lookup. */
  readonly maxAgeSeconds: number;
}

/** Only the deadline aborts a lookup: an application that stops still serves its running requests. */
const NEVER = new AbortController().signal;

/** Adds roles from outside the token. Requests with the same token share one lookup. */
export class RoleLookup {
  private readonly pending = new Map<string, Promise<Principal | TokenFault>>();

  /**
   * @param translate Applied to each role; `undefined` drops it.
   * @param report Called with the reason why a lookup failed.
   * @param isOfAnother Whether a role would be read as a role of another issuer.
   */
  constructor(
    private readonly settings: RoleLookupSettings,
    private readonly maxRoles: number,
    private readonly translate: (name: string) => string | undefined,
    private readonly report: (error: unknown) => void,
    private readonly isOfAnother: (name: string) => boolean = () => false,
  ) {}

  /** Returns the principal with its roles, or why there are none. Never rejects. */
  complete(token: string, principal: Principal): Promise<Principal | TokenFault> {
    const pending = this.pending.get(token);
    if (pending !== undefined) return pending;
    const result = this.lookUp(principal).finally(() => this.pending.delete(token));
    this.pending.set(token, result);
    return result;
  }

  private async lookUp(principal: Principal): Promise<Principal | TokenFault> {
    const { find, timeoutMs } = this.settings;
    const { subject, claims } = principal;
    try {
      const found: unknown = await inTime(async (signal) => find(claims, { subject, signal }), timeoutMs, NEVER);
      if (found === undefined || found === null) return fault('claims_invalid', { kind: 'lookup', outcome: 'no_user' });
      return withRoles(principal, this.readable(found));
    } catch (error) {
      this.report(error);
      return fault('roles_unavailable', { kind: 'lookup', outcome: 'failed' });
    }
  }

  /** Returns all roles or throws: dropping an unreadable one could drop the role that denies. */
  private readable(found: unknown): readonly string[] {
    if (!isRoles(found))
      throw new Error(`"roles" must return a list of role names of 1 to ${MAX_NAME_LENGTH} characters, got ${formOf(found)}`);
    if (found.length > this.maxRoles)
      throw new Error(`"roles" returned ${found.length} roles, more than "maxRoles" (${this.maxRoles})`);
    const names: unknown = found.map((name) => unawaited(this.translate(name))).filter((name) => name !== undefined);
    if (!isRoles(names)) throw new Error(`"role" must return a role name, or undefined to drop the role, got ${formOf(names)}`);
    if (!names.some(this.isOfAnother)) return names;
    throw new Error('"roles" found a role that begins with the "rolePrefix" of another issuer');
  }
}

function isRoles(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isName);
}

/** Describes the value without its content: a row of the old database may hold personal data. */
function formOf(value: unknown): string {
  if (!Array.isArray(value)) return `a value of type ${typeof value}`;
  const odd: unknown = value.find((name) => !isName(name));
  return `a list with ${typeof odd === 'string' ? `a string of ${odd.length} characters` : `a value of type ${typeof odd}`}`;
}
