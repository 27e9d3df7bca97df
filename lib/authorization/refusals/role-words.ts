import type { FindingWords, IssuerSettings } from '../../authentication/index.js';
import {
  claimName,
  formOf,
  isAbsent,
  isRecord,
  listed,
  readClaim,
  shown,
  type Principal,
  type RequirementClause,
} from '../../core/index.js';
import type { MappingSnapshot } from '../../mapping/index.js';
import { meantName, meantRole } from './meant-role.js';
import type { RefusalFacts } from './refusal-facts.interface.js';
import type { RefusedCall } from './refused-call.interface.js';

/** Names listed in a message; the rest are counted. */
const MAX_LISTED = 10;
/** Unknown roles for which similar names are searched. */
const MAX_SEARCHED = 3;

/** Describes the roles in the token, those that the mapping lacks, and, if there are none, the claims that were read. */
export function roleWords(refused: RefusedCall, facts: RefusalFacts): FindingWords {
  const { principal, reason, decision } = refused;
  const missing = decision?.missing ?? [];
  const kind = reason === 'role_missing' ? 'role' : 'permission';
  const expected = `${kind} ${missing.map(shown).join(need(decision?.unmet))}`;
  if (principal === undefined) return { came: '', expected, remedy: '' };
  const issuer = facts.issuer(principal.issuer);
  const held = reason === 'permission_missing' ? heldInToken(missing, principal, issuer) : '';
  if (principal.roles.length === 0)
    return { came: noRoles(principal, issuer), expected, remedy: `${claimRemedy(principal, issuer)}${held}` };
  const roles = `roles ${namesOf(principal.roles)}${ofToken(principal)}`;
  if (reason === 'role_missing') {
    const meant = missing.map((name) => meantName(name, principal.roles)).find((name) => name !== undefined);
    const remedy =
      meant === undefined
        ? 'Assign the role to the caller at the issuer.'
        : `Did you mean ${shown(meant)}? Names must match exactly.`;
    return { came: roles, expected, remedy };
  }
  const { came, remedy } = mappedRoles(refused, principal, roles, facts.mapping());
  return { came, expected, remedy: `${remedy}${held}` };
}

/** Claims in which issuers write permissions, and how to accept them. */
const PERMISSION_CLAIMS = [
  ['permissions', 'To let the issuer grant permissions'],
  ['scope', 'To require the scope, write @RequireScopes(); to let the issuer grant permissions'],
  ['scp', 'To require the scope, write @RequireScopes(); to let the issuer grant permissions'],
] as const;

/** Says that the token names a missing permission although no option lets the issuer grant it. */
function heldInToken(missing: readonly string[], { claims }: Principal, issuer: IssuerSettings | undefined): string {
  if (issuer === undefined || issuer.tokenPermissions !== undefined) return '';
  for (const [claim, advice] of PERMISSION_CLAIMS) {
    const value = readClaim(claims, [claim]);
    const names: readonly unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
    const name = missing.find((permission) => names.includes(permission));
    if (name !== undefined)
      return ` The token names ${shown(name)} in "${claim}". ${advice}, write tokenPermissions: { claim: '${claim}', combine: 'union' } for the issuer.`;
  }
  return '';
}

function mappedRoles(
  { reason, decision, resolution }: RefusedCall,
  { roles, tenant }: Principal,
  came: string,
  mapping: MappingSnapshot | undefined,
): Pick<FindingWords, 'came' | 'remedy'> {
  const revision = resolution && 'permissions' in resolution ? ` (revision ${shown(resolution.permissions.revision)})` : '';
  if (reason === 'permission_denied')
    return { came, remedy: `A role denies the permission in the mapping${revision}: a denial wins over every grant.` };
  if (mapping === undefined)
    return { came, remedy: 'The mapping provider of the application does not grant the permission to these roles.' };
  const ungranted = (decision?.missing ?? []).filter((name) => !mapping.grantsToAnyone(name));
  const nowhere = ungranted.length > 0 ? ` No role of the mapping${revision} grants ${ungranted.map(shown).join(', ')}.` : '';
  const unknown = unknownRoles(roles, tenant, mapping);
  if (unknown === '')
    return {
      came,
      remedy: `The mapping${revision} grants the permission to none of these roles.${nowhere} Add the grant, or assign another role.`,
    };
  return {
    came: `${came}; not in the mapping${revision}: ${unknown}`,
    remedy: `Write the role in the mapping exactly as the issuer names it, or rename it at the issuer.${nowhere}`,
  };
}

/** Lists the roles that the mapping lacks, the first ones with a similar name. */
function unknownRoles(roles: readonly string[], tenant: string | undefined, mapping: MappingSnapshot): string {
  const unknown = roles.filter((role) => !mapping.hasRole(role, tenant));
  return listed(unknown, MAX_LISTED, (role, index) => {
    const meant = index < MAX_SEARCHED ? meantRole(role, tenant, mapping) : undefined;
    return meant === undefined ? shown(role) : `${shown(role)} (did you mean ${shown(meant)}?)`;
  });
}

function ofToken({ tokenPermissions }: Principal): string {
  if (tokenPermissions === undefined) return '';
  const { combine, names } = tokenPermissions;
  return `; permissions in the token (${combine}): ${names.length === 0 ? 'none' : namesOf(names)}`;
}

function noRoles(principal: Principal, issuer: IssuerSettings | undefined): string {
  const { claims } = principal;
  if (issuer === undefined) return `no roles${ofToken(principal)}`;
  if (issuer.legacy?.lookup !== undefined) return 'no roles: the function "roles" of legacyIssuer() returned none';
  const looked = issuer.roles.map((path) => `${claimName(path)}: ${formAt(claims, path)}`);
  return `no roles (${looked.join(', ')}) in a token of ${shown(principal.issuer)}${ofToken(principal)}`;
}

function formAt(claims: Principal['claims'], path: readonly string[]): string {
  const value = readClaim(claims, path);
  return value === undefined ? 'absent' : formOf(value);
}

function claimRemedy(principal: Principal, issuer: IssuerSettings | undefined): string {
  if (issuer === undefined || issuer.legacy?.lookup !== undefined) return 'Assign a role to the caller.';
  const isAnywhere = issuer.roles.some((path) => !isAbsent(readClaim(principal.claims, path)));
  if (isAnywhere) return 'Assign a role to the caller at the issuer.';
  const elsewhere = likelyPaths(principal.claims);
  if (elsewhere.length > 0)
    return `The token has names in ${elsewhere.slice(0, 3).map(optionForm).join(' and ')}: if these are the roles, write that path into "roles" of the issuer.`;
  if (isOfAuth0(principal))
    return 'Auth0 writes no roles by itself: add an Action that sets a claim such as "https://acme.com/roles", and name it in "roles".';
  return 'Have the issuer write the roles into access tokens (a mapper, scope or action), or name the claim that has them in "roles" of the issuer.';
}

/** Writes a path in the form of the option. */
function optionForm(path: readonly string[]): string {
  const simple = path.every((key) => !key.includes('.') && !key.includes(':'));
  return simple ? shown(path.join('.')) : shown(path);
}

/** Claims in which issuers write roles: `roles`, `realm_access.roles`, `cognito:groups`, `https://acme.com/roles`. */
const ROLE_NAME = /(^|[/:_-])(roles?|groups?)$/i;

function likelyPaths(claims: Principal['claims']): readonly (readonly string[])[] {
  const clients = readClaim(claims, ['resource_access']);
  const paths = [
    ...Object.keys(claims)
      .filter((name) => ROLE_NAME.test(name))
      .map((name) => [name]),
    ...['realm_access', 'app_metadata', 'user'].map((name) => [name, 'roles']),
    ...(isRecord(clients) ? Object.keys(clients) : []).map((client) => ['resource_access', client, 'roles']),
  ];
  return paths.filter((path) => isNames(readClaim(claims, path)));
}

function isNames(value: unknown): boolean {
  return (Array.isArray(value) && value.length > 0) || (typeof value === 'string' && value !== '');
}

/** Auth0 names users by connection: `auth0|64f…`. Its domain may be the customer's own. */
function isOfAuth0({ issuer, subject }: Principal): boolean {
  return /\.auth0\.com\/?$/.test(issuer) || /^(auth0|google-oauth2|samlp|waad|sms|email)\||@clients$/.test(subject);
}

function namesOf(names: readonly string[]): string {
  return listed(names, MAX_LISTED, shown);
}

/** Returns the word between the names of a clause. */
export function need(clause: RequirementClause | undefined): string {
  return clause !== undefined && 'need' in clause && clause.need === 'any' ? ' or ' : ' and ';
}
