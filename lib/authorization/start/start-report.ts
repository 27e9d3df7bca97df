import type { AuthenticationSettings, IssuerSettings } from '../../authentication/index.js';
import { didYouMean, listed, needsPermissions, shown } from '../../core/index.js';
import { grantsByResource, type MappingSnapshot, type MappingStore } from '../../mapping/index.js';
import type { FoundHandlers } from '../requirements/find-handlers.js';
import { doubtOf } from '../requirements/handler-rules.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import { permissionClauses, permissionsAsked } from '../requirements/permission-clauses.js';
import type { ReportableReason } from '../trial/report-also.js';
import { isReported } from '../trial/report-mode.js';
import { reportedRequirement } from '../trial/reported-requirement.js';

/** The lines that are logged at start. */
export interface StartReport {
  /** One line: handlers, issuers, mapping and revocations. */
  readonly summary: string;
  /** Probable mistakes, and requirements that are not enforced. */
  readonly warnings: readonly string[];
}

/**
 * Describes how the application is protected, with probable mistakes and requirements that are not enforced.
 * @param mapping `undefined`: the application's own provider, which cannot list its grants.
 * @param revocations Their origin; `undefined`: no token can be revoked.
 * @param reportAlso Reasons that report mode lets through besides missing permissions. Default: none.
 */
export function startReport(
  found: FoundHandlers,
  authentication: AuthenticationSettings,
  mapping: Pick<MappingStore, 'name' | 'current'> | undefined,
  revocations?: string,
  reportAlso: ReadonlySet<ReportableReason> = new Set(),
): StartReport {
  const handlers = found.rules;
  const count = (access: string) => handlers.filter(({ requirement }) => requirement.access === access).length;
  const open = [`${count('public')} public`, `${count('optional')} with optional authentication`].join(', ');
  return {
    summary:
      `Guarding ${counted(found)} (${open}); tokens from ${trusted(authentication)}; ` +
      (mapping === undefined ? "mapping from the application's provider" : state(mapping)) +
      (revocations === undefined ? '' : `; revocations from ${revocations}`),
    warnings: [
      ...undecorated(handlers, reportAlso),
      ...tasks(handlers),
      ...found.doubtful.map(doubtOf),
      ...reported(handlers),
      ...openedWithoutDecorator(handlers, reportAlso),
      ...openedWithoutToken(handlers, reportAlso),
      ...(mapping?.current ? ofMapping(handlers, mapping.current) : []),
    ],
  };
}

/** Returns the warnings about what the mapping says. */
export function ofMapping(handlers: readonly HandlerRule[], mapping: MappingSnapshot): readonly string[] {
  return [...ungranted(handlers, mapping), ...withoutResource(handlers, mapping)];
}

/** Returns a warning for each permission that a handler requires and the mapping does not list, or grants to no role. */
function ungranted(handlers: readonly HandlerRule[], mapping: MappingSnapshot): readonly string[] {
  const { catalogue } = mapping.compiled;
  const known = catalogue && new Set(catalogue.map(([permission]) => permission));
  const granted = mapping.patterns();
  return [...askedBy(handlers)].flatMap(([permission, names]) => {
    const asked = `${JSON.stringify(permission)}, required by ${listed(names)}`;
    if (known?.has(permission) === false)
      return `${asked}, is not listed in the mapping's permissions.${didYouMean(permission, known)}`;
    return mapping.grantsToAnyone(permission) ? [] : `No role grants ${asked}.${didYouMean(permission, granted)}`;
  });
}

/** Names the permissions that every role grants only for some resources, with the handlers that name no resource. */
function withoutResource(handlers: readonly HandlerRule[], mapping: MappingSnapshot): readonly string[] {
  const isOfResource = grantsByResource(mapping);
  const needy = handlers
    .filter(({ resource }) => resource === undefined)
    .map(({ name, requirement }) => ({ name, permissions: resourcesAsked(requirement, isOfResource).map(shown) }))
    .filter(({ permissions }) => permissions.length > 0);
  if (needy.length === 0) return [];
  return [
    `Roles grant only for some resources what handlers without @Resource() require: ${listed(needy.map(({ name, permissions }) => `${permissions.join(' and ')} for ${name}`))}. ` +
      'Calls to them are refused (resource_required). Write @Resource() on the handlers, or @Filtered() on those that list resources.',
  ];
}

function resourcesAsked(
  requirement: HandlerRule['requirement'],
  isOfResource: (permission: string) => boolean,
): readonly string[] {
  const clauses = permissionClauses(requirement).filter(({ isFiltered }) => isFiltered !== true);
  return clauses.flatMap(({ need, names }) => (need === 'all' || names.every(isOfResource) ? names.filter(isOfResource) : []));
}

function state({ name, current }: Pick<MappingStore, 'name' | 'current'>): string {
  if (current !== undefined) return `mapping from ${name}, revision ${current.revision}`;
  return `no mapping loaded from ${name} yet: requests that need permissions get 503 until one is`;
}

function trusted({ issuers, resolver }: AuthenticationSettings): string {
  return resolver === undefined ? listed(issuers.map(describe)) : 'the issuers that issuers.resolve() knows';
}

function describe({ issuer, audience, clientIds }: IssuerSettings): string {
  const clients = clientIds && `clients ${clientIds.map((id) => id ?? 'without a name').join(' or ')}`;
  return `${issuer} for ${audience?.join(' or ') ?? clients ?? 'any audience'}`;
}

function counted({ rules, kinds }: FoundHandlers): string {
  const names = new Set(kinds.all.flatMap(({ plural }) => plural ?? []));
  const counts = Array.from(names, (name) => {
    const counting = kinds.all.filter(({ plural }) => plural === name).map(({ kind }) => kind);
    return [rules.filter(({ kind }) => kind !== undefined && counting.includes(kind)).length, name] as const;
  });
  const some = counts.filter(([count]) => count > 0);
  return (some.length > 0 ? some : counts.slice(0, 1)).map(([count, name]) => `${count} ${name}`).join(', ');
}

function tasks(handlers: readonly HandlerRule[]): readonly string[] {
  const names = handlers.filter(({ requirement }) => requirement.access === 'task').map(({ name }) => name);
  return names.length === 0
    ? []
    : [`Anyone who can reach the transport can call ${names.join(', ')}: @ServiceTask() requires no token.`];
}

const ADD_DECORATOR = 'Add one such as @RequirePermissions(), @Authenticated() or @Public() to the handler or its class.';

function undecorated(handlers: readonly HandlerRule[], reportAlso: ReadonlySet<ReportableReason>): readonly string[] {
  const isClosed = (rule: HandlerRule) => isUndecorated(rule) && rule.doubt === undefined && !isReported(rule, reportAlso);
  const names = handlers.filter(isClosed).map(({ name }) => name);
  return names.length === 0
    ? []
    : [`Every call to ${listed(names)} is refused: no decorator says what is required. ${ADD_DECORATOR}`];
}

function openedWithoutDecorator(handlers: readonly HandlerRule[], reportAlso: ReadonlySet<ReportableReason>): readonly string[] {
  const names = handlers.filter((rule) => isUndecorated(rule) && isReported(rule, reportAlso)).map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    `Every valid token opens ${listed(names)}: no decorator says what is required, and reportAlso: ['no_requirement'] lets such calls ` +
      `through, logged and counted. ${ADD_DECORATOR} Then remove 'no_requirement'.`,
  ];
}

function openedWithoutToken(handlers: readonly HandlerRule[], reportAlso: ReadonlySet<ReportableReason>): readonly string[] {
  const isOpen = (rule: HandlerRule) =>
    rule.mode === 'report' &&
    rule.requirement.access !== 'optional' &&
    reportedRequirement(rule, reportAlso).access === 'optional';
  const open = handlers.filter(isOpen);
  if (open.length === 0) return [];
  const readers = open.filter((rule) => rule.readsCaller === true);
  return [
    `Anyone may call ${named(open)} without a token: reportAlso: ['token_missing'] lets such calls through, logged and counted. ` +
      "A token that is sent must still be valid. Remove 'token_missing' to require one.",
    ...(readers.length === 0
      ? []
      : [
          `Without a token, @CurrentPrincipal() and @AccessToken() inject undefined into ${named(readers)}. ` +
            "Handle undefined there (a search for an owner who is undefined may find everything), or write @AuthzMode('enforce').",
        ]),
  ];
}

function named(handlers: readonly HandlerRule[]): string {
  return listed(handlers.map(({ name }) => name));
}

function isUndecorated({ requirement }: HandlerRule): boolean {
  return requirement.access === 'unstated';
}

function reported(handlers: readonly HandlerRule[]): readonly string[] {
  const isOpen = ({ mode, requirement, policies }: HandlerRule) =>
    mode === 'report' && (needsPermissions(requirement) || policies !== undefined);
  const names = handlers.filter(isOpen).map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    `Permissions are not enforced on ${listed(names)}: calls that lack only permissions are let through, logged and counted. ` +
      `Remove mode: 'report' or @AuthzMode('report') to enforce them.`,
  ];
}

/** Returns every required permission with the handlers that require it. */
function askedBy(handlers: readonly HandlerRule[]): ReadonlyMap<string, readonly string[]> {
  const asked = new Map<string, string[]>();
  for (const { name, requirement } of handlers)
    for (const permission of permissionsAsked(requirement)) asked.set(permission, [...(asked.get(permission) ?? []), name]);
  return asked;
}
