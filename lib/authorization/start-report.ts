import type { AuthenticationSettings, IssuerSettings } from '../authentication/index.js';
import { nearMiss, type RequirementClause } from '../core/index.js';
import type { MappingSnapshot } from '../mapping/index.js';
import type { FoundHandler } from './find-handlers.js';

/** What the log says at start. */
export interface StartReport {
  /** One line: what protects what. */
  readonly summary: string;
  /** What is probably not meant. */
  readonly warnings: readonly string[];
}

/** Most names that one line lists. */
const MAX_LISTED = 20;

/** Says what protects what, and what looks like a mistake. Without a snapshot (a provider of the application's own) it cannot know who grants. */
export function startReport(
  handlers: readonly FoundHandler[],
  authentication: AuthenticationSettings,
  mapping: { readonly source: string; readonly snapshot: MappingSnapshot | undefined },
): StartReport {
  const count = (access: string) => handlers.filter(({ requirement }) => requirement.access === access).length;
  const open = [`${count('public')} public`, `${count('optional')} with optional authentication`].join(', ');
  const revision = mapping.snapshot === undefined ? '' : `, revision ${mapping.snapshot.revision}`;
  return {
    summary:
      `Guarding ${handlers.length} routes (${open}); tokens from ${trusted(authentication)}; ` +
      `mapping from ${mapping.source}${revision}`,
    warnings: [...undecorated(handlers), ...(mapping.snapshot ? ungranted(handlers, mapping.snapshot) : [])],
  };
}

function trusted({ issuers, resolver }: AuthenticationSettings): string {
  return resolver === undefined ? listed(issuers.map(describe)) : 'the issuers that issuers.resolve() knows';
}

function describe({ issuer, audience, clientIds }: IssuerSettings): string {
  const clients = clientIds && `clients ${clientIds.join(' or ')}`;
  return `${issuer} for ${audience?.join(' or ') ?? clients ?? 'any audience'}`;
}

function undecorated(handlers: readonly FoundHandler[]): readonly string[] {
  const names = handlers.filter(({ requirement }) => requirement.access === 'unstated').map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    `Nobody may call ${listed(names)}: no decorator says what is required. ` +
      'Add one such as @RequirePermissions(), @Authenticated() or @Public() to the handler or its class.',
  ];
}

function ungranted(handlers: readonly FoundHandler[], mapping: MappingSnapshot): readonly string[] {
  const granted = mapping.patterns();
  return [...askedBy(handlers)]
    .filter(([permission]) => !mapping.grantsToAnyone(permission))
    .map(([permission, names]) => {
      const meant = nearMiss(permission, granted);
      const hint = meant === undefined ? '' : ` Did you mean ${JSON.stringify(meant)}?`;
      return `No role grants ${JSON.stringify(permission)}, which ${listed(names)} asks for.${hint}`;
    });
}

/** Every permission asked for, with the handlers that ask. */
function askedBy(handlers: readonly FoundHandler[]): ReadonlyMap<string, readonly string[]> {
  const asked = new Map<string, string[]>();
  for (const { name, requirement } of handlers) {
    const clauses: readonly RequirementClause[] = requirement.access === 'authenticated' ? requirement.clauses : [];
    for (const clause of clauses) {
      if (clause.among !== 'permissions') continue;
      for (const permission of clause.names) asked.set(permission, [...(asked.get(permission) ?? []), name]);
    }
  }
  return asked;
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  return names.slice(0, MAX_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
