import { didYouMean, isRecord, shown } from '../../../core/index.js';
import { CliError } from '../../cli.error.js';
import { allPrinted } from '../../output/text-table.js';
import { memberOf, textIn } from '../export-file.js';

/**
 * Finds the realm in an export: the realm itself, a list of realms, or the resource of Keycloak's operator, which has it in `spec.realm`.
 * @param name The name of the realm. Default: the only realm.
 * @throws CliError
 */
export function realmIn(source: string, value: unknown, name?: string): unknown {
  const inner = memberOf(memberOf(value, 'spec'), 'realm');
  const realms: readonly unknown[] = isRecord(inner) ? [inner] : Array.isArray(value) ? value : [value];
  const usable = realms.filter((realm) => isRecord(memberOf(realm, 'roles')));
  const names = usable.map((realm) => textIn(realm, 'realm') ?? textIn(realm, 'id') ?? '');
  if (usable.length === 0)
    throw new CliError(
      `${source} is not an export of a realm with roles: it has no "roles". Export the realm with kc.sh export.`,
    );
  if (name === undefined && usable.length > 1)
    throw new CliError(`${source} has ${usable.length} realms: ${allPrinted(names)}. Choose one with --realm.`);
  const index = name === undefined ? 0 : names.indexOf(name);
  if (index < 0)
    throw new CliError(
      `${source} has no realm ${shown(name)} with roles.${didYouMean(name ?? '', names)} It has: ${allPrinted(names)}.`,
    );
  return usable[index];
}
