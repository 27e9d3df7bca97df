import { isRecord, optional, stringOption } from '../../../core/index.js';
import type { IssuerOptions } from '../options/issuer-options.interface.js';
import { baseUrl, nameOption, presetOptions } from './preset-options.js';

/**
 * Zitadel with JWT access tokens (its default is opaque tokens). Role names are the **keys** of the role claim; the values name the
 * organizations that granted them. Without `organizationId`, a role granted by any organization counts.
 * `aud` lists all clients of the project and the project's id.
 *
 * @param options.issuer The instance's URL, such as `https://acme.zitadel.cloud`.
 * @param options.projectId Reads the roles of this project. Default: those of the project that the client belongs to.
 * @param options.organizationId Counts roles granted by this organization only.
 * @see https://zitadel.com/docs/guides/integrate/retrieve-user-roles
 */
export function zitadel(options: {
  readonly issuer: string;
  readonly projectId?: string;
  readonly organizationId?: string;
}): IssuerOptions {
  const given = presetOptions(options, 'zitadel()', { issuer: true, projectId: true, organizationId: true });
  const issuer = baseUrl(given.issuer, 'zitadel({ issuer })');
  const project = given.projectId === undefined ? '' : `${nameOption(given.projectId, 'zitadel({ projectId })', '2345678901')}:`;
  const organizationId = optional(given.organizationId, (value) =>
    stringOption(value, 'zitadel({ organizationId })', 'the id of an organization, a string', () => true),
  );
  return {
    issuer,
    jwksUri: `${issuer}/oauth/v2/keys`,
    roles: [`urn:zitadel:iam:org:project:${project}roles`],
    rolesFormat: organizationId === undefined ? 'keys' : (roles) => grantedBy(roles, organizationId),
    tenant: ['urn:zitadel:iam:user:resourceowner:id'],
  };
}

/** Returns the roles that the organization granted. @throws if the claim has another form: a role left out could be the one that denies. */
function grantedBy(roles: unknown, organization: string): readonly string[] {
  if (!isRecord(roles) || !Object.values(roles).every(isRecord)) throw new TypeError('The roles are not the keys of an object.');
  return Object.entries(roles)
    .filter(([, organizations]) => Object.hasOwn(organizations as object, organization))
    .map(([role]) => role);
}
