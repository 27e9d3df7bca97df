import { shown } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import type { ImportedRoles } from './imported-roles.interface.js';
import type { PermissionNames } from './permission-names.js';

/**
 * Rejects a denial whose new name differs from the old one in more than `-` for spaces, such as a number at its end because another
 * permission has the name: a reader of the mapping would take it for a denial of that permission.
 * @throws CliError
 */
export function refuseNewNames({ roles }: ImportedRoles, names: PermissionNames): void {
  for (const [role, { deny }] of roles)
    for (const denial of deny) {
      const chosen = names.nameOf(denial);
      if (chosen === denial || chosen === denial.replace(/ /g, '-')) continue;
      throw new CliError(
        `Nothing was imported: the denial ${shown(denial)} of ${shown(role)} would become ${shown(chosen)}, which is a different name. Write what it means into a file and pass it with --rename.`,
      );
    }
}
