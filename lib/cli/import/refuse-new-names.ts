import { shown } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import type { ImportedRoles } from './imported-roles.interface.js';
import type { PermissionNames } from './permission-names.js';

/**
 * Refuses a denial whose new name is more than the old one with `-` for blanks, such as one with a number at its end because another
 * permission has the name already: a reader of the mapping would take it for a denial of the other.
 * @throws CliError
 */
export function refuseNewNames({ roles }: ImportedRoles, names: PermissionNames): void {
  for (const [role, { deny }] of roles)
    for (const denial of deny) {
      const chosen = names.nameOf(denial);
      if (chosen === denial || chosen === denial.replace(/ /g, '-')) continue;
      throw new CliError(
        `Nothing is imported: the denial ${shown(denial)} of ${shown(role)} would become ${shown(chosen)}, which is another name. Say what it stands for in a file for --rename.`,
      );
    }
}
