import type { AuthenticationSettings, IssuerSettings } from '../authentication/index.js';
import { didYouMean } from '../core/index.js';
import type { MappingSnapshot, MappingStore } from '../mapping/index.js';
import type { EntryKind } from './entry-kind.js';
import type { FoundHandlers } from './find-handlers.js';
import { doubtOf, type HandlerRule } from './handler-rules.js';
import { listed } from './listed.js';
import { permissionsAsked } from './permission-clauses.js';
import { isReported } from './report-mode.js';

/** What the log says at start. */
export interface StartReport {
  /** One line: what protects what. */
  readonly summary: string;
  /** What is probably not meant. */
  readonly warnings: readonly string[];
}

/**
 * Says what protects what, and what looks like a mistake or is not enforced.
 * @param mapping `undefined`: a provider of the application's own, of which nobody knows what it grants.
 * @param revocations Where they come from; `undefined`: no token can be withdrawn.
 */
export function startReport(
  found: FoundHandlers,
  authentication: AuthenticationSettings,
  mapping: Pick<MappingStore, 'name' | 'current'> | undefined,
  revocations?: string,
): StartReport {
  const handlers = found.rules;
  const count = (access: string) => handlers.filter(({ requirement }) => requirement.access === access).length;
  const open = [`${count('public')} public`, `${count('optional')} with optional authentication`].join(', ');
  return {
    summary:
      `Guarding ${counted(handlers)} (${open}); tokens from ${trusted(authentication)}; ` +
      `mapping from ${mapping === undefined ? "the application's provider" : state(mapping)}` +
      (revocations === undefined ? '' : `; revocations from ${revocations}`),
    warnings: [
      ...undecorated(handlers),
      ...tasks(handlers),
      ...found.doubtful.map(doubtOf),
      ...reported(handlers),
      ...(mapping?.current ? ungranted(handlers, mapping.current) : []),
    ],
  };
}

/** Says which permissions that handlers ask for the mapping does not know, or gives to nobody. */
export function ungranted(handlers: readonly HandlerRule[], mapping: MappingSnapshot): readonly string[] {
  const { catalogue } = mapping.compiled;
  const known = catalogue && new Set(catalogue.map(([permission]) => permission));
  const granted = mapping.patterns();
  return [...askedBy(handlers)].flatMap(([permission, names]) => {
    const asked = `${JSON.stringify(permission)}, which ${listed(names)} asks for`;
    if (known?.has(permission) === false) return `${asked}, is not in the mapping's permissions.${didYouMean(permission, known)}`;
    return mapping.grantsToAnyone(permission) ? [] : `No role grants ${asked}.${didYouMean(permission, granted)}`;
  });
}

function state({ name, current }: Pick<MappingStore, 'name' | 'current'>): string {
  if (current !== undefined) return `${name}, revision ${current.revision}`;
  return `${name}, which has brought none yet: until it does, what needs permissions is answered 503`;
}

function trusted({ issuers, resolver }: AuthenticationSettings): string {
  return resolver === undefined ? listed(issuers.map(describe)) : 'the issuers that issuers.resolve() knows';
}

function describe({ issuer, audience, clientIds }: IssuerSettings): string {
  const clients = clientIds && `clients ${clientIds.map((id) => id ?? 'without a name').join(' or ')}`;
  return `${issuer} for ${audience?.join(' or ') ?? clients ?? 'any audience'}`;
}

/** What each kind of handler is called. Fields belong to operations. */
const KINDS: readonly (readonly [kind: EntryKind, name: string])[] = [
  ['route', 'routes'],
  ['message', 'message handlers'],
  ['socket', 'WebSocket handlers'],
  ['operation', 'GraphQL operations'],
];

function counted(handlers: readonly HandlerRule[]): string {
  const counts = KINDS.map(([kind, name]) => [handlers.filter((handler) => handler.kind === kind).length, name] as const);
  const some = counts.filter(([count]) => count > 0);
  return (some.length > 0 ? some : counts.slice(0, 1)).map(([count, name]) => `${count} ${name}`).join(', ');
}

function tasks(handlers: readonly HandlerRule[]): readonly string[] {
  const names = handlers.filter(({ requirement }) => requirement.access === 'task').map(({ name }) => name);
  return names.length === 0
    ? []
    : [`Whoever reaches the transport may have ${names.join(', ')} run: @ServiceTask() asks for no token.`];
}

function undecorated(handlers: readonly HandlerRule[]): readonly string[] {
  const isUndecorated = ({ requirement, doubt }: HandlerRule) => requirement.access === 'unstated' && doubt === undefined;
  const names = handlers.filter(isUndecorated).map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    `Nobody may call ${listed(names)}: no decorator says what is required. ` +
      'Add one such as @RequirePermissions(), @Authenticated() or @Public() to the handler or its class.',
  ];
}

function reported(handlers: readonly HandlerRule[]): readonly string[] {
  const names = handlers.filter(isReported).map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    `Permissions are not enforced on ${listed(names)}: what only they refuse is let through, logged and counted. ` +
      `Take away mode: 'report' or @AuthzMode('report') to enforce them.`,
  ];
}

/** Every permission asked for, with the handlers that ask. */
function askedBy(handlers: readonly HandlerRule[]): ReadonlyMap<string, readonly string[]> {
  const asked = new Map<string, string[]>();
  for (const { name, requirement } of handlers)
    for (const permission of permissionsAsked(requirement)) asked.set(permission, [...(asked.get(permission) ?? []), name]);
  return asked;
}
