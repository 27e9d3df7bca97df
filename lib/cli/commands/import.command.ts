import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { MappingDocument } from '../../mapping/index.js';
import type { Answer, Answers } from '../answer.interface.js';
import { CliError } from '../cli.error.js';
import { urlFromEnvironment } from '../from-environment.js';
import { auth0Roles } from '../import/auth0-roles.js';
import { csvTables } from '../import/csv-tables.js';
import { readExport } from '../import/export-file.js';
import type { ImportedRoles } from '../import/imported-roles.interface.js';
import { keycloakRealm } from '../import/keycloak-realm.js';
import { sqlTables, type SqlTablesOptions } from '../import/sql-tables.js';
import { toMapping, type ImportReport } from '../import/to-mapping.js';
import { showProgress } from '../progress.js';
import { nameOf } from '../read-text.js';
import type { Terminal } from '../terminal.interface.js';
import { counted, printed, printedList } from '../text-table.js';
import { writeFile } from '../write-file.js';

interface OutputOption {
  readonly output?: string;
}

export function addImport(program: Command, terminal: Terminal, answers: Answers): void {
  const command = program
    .command('import')
    .description('make a mapping of roles kept elsewhere, and report roles and permissions that nobody holds')
    .addHelpText('after', '\nExample:\n  $ nestjs-authz import keycloak realm-export.json -o mapping.yaml');
  const from = (name: string, description: string, example: string) =>
    command
      .command(name)
      .description(description)
      .option('-o, --output <file>', 'write the mapping to a file instead of standard output')
      .addHelpText('after', `\nExample:\n  $ nestjs-authz import ${example}`);

  from('csv', 'tables of an internal user database as CSV files', 'csv exported/ -o mapping.yaml')
    .argument('<directory>', 'with roles.csv, role_permissions.csv, perhaps permissions.csv, role_inherits.csv, user_roles.csv')
    .action(
      answers(async (directory: string, options: OutputOption) => {
        showProgress(terminal, `Reading ${directory}`);
        return imported(await csvTables(directory, terminal), options);
      }),
    );

  from('sql', 'tables of PostgreSQL or MySQL', 'sql env:DATABASE_URL --held-sql "SELECT role FROM user_roles" -o mapping.yaml')
    .argument('<url>', 'postgres://… or mysql://…, or env:NAME')
    .option('--tables <file>', 'what the tables are called, in JSON or YAML, as databaseMapping() takes it')
    .option('--sql <query>', 'in place of the tables: a query with the columns role, permission, effect')
    .option('--held-sql <query>', 'a query with the roles that users hold')
    .action(
      answers(async (url: string, options: OutputOption & { tables?: string; sql?: string; heldSql?: string }) => {
        const { tables, sql, heldSql } = options;
        const from = urlFromEnvironment(url, 'The URL of the database', terminal);
        showProgress(terminal, 'Reading the database');
        return imported(
          await sqlTables({
            url: from,
            ...(tables !== undefined && {
              tables: (await readExport(tables, terminal)) as NonNullable<SqlTablesOptions['tables']>,
            }),
            ...(sql !== undefined && { sql }),
            ...(heldSql !== undefined && { heldSql }),
          }),
          options,
        );
      }),
    );

  from('keycloak', 'the export of a Keycloak realm', 'keycloak realm-export.json -o mapping.yaml')
    .argument('<file>', 'in JSON')
    .option('--client-roles-of <client>', "take the roles of this client instead of the realm's")
    .action(
      answers(async (file: string, options: OutputOption & { clientRolesOf?: string }) => {
        showProgress(terminal, `Reading ${nameOf(file)}`);
        return imported(keycloakRealm(nameOf(file), await readExport(file, terminal), options.clientRolesOf), options);
      }),
    );

  from('auth0', 'roles as Auth0 exports them', 'auth0 roles.json --api https://orders.acme.com -o mapping.yaml')
    .argument('<file>', 'in JSON or YAML: a list of roles with their permissions')
    .option('--api <identifier>', 'take the permissions of this API only')
    .action(
      answers(async (file: string, options: OutputOption & { api?: string }) => {
        showProgress(terminal, `Reading ${nameOf(file)}`);
        return imported(auth0Roles(nameOf(file), await readExport(file, terminal), options.api), options);
      }),
    );
}

async function imported(found: ImportedRoles, { output }: OutputOption): Promise<Answer> {
  if (found.roles.size === 0) throw new CliError(`${found.source} has no roles.`);
  const { document, report } = toMapping(found);
  if (output !== undefined) await writeFile(output, written(document));
  return {
    json: { ...(output === undefined ? { document } : { output }), report },
    text: output === undefined ? written(document).trimEnd() : '',
    notes: reportText(report, output),
  };
}

function written(document: MappingDocument): string {
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

function reportText(report: ImportReport, output: string | undefined): string {
  const { renamed, leftOut, unheldRoles, unheldPermissions, ungrantedPermissions } = report;
  const list = (title: string, names: readonly string[] | undefined) =>
    names === undefined || names.length === 0 ? [] : [`${title} (${names.length}): ${printedList(names)}`];
  return [
    `${output ?? 'Imported'}: ${counted(report.roles, 'role')}, ${counted(report.permissions, 'permission')}`,
    ...list('Roles that nobody holds', unheldRoles),
    ...list('Permissions that nobody holds', unheldPermissions),
    ...(unheldRoles === undefined ? ['Who holds what is not in the input, so nothing is known of roles that nobody holds.'] : []),
    ...list('Permissions that no role grants', ungrantedPermissions),
    ...(renamed.length > 0 ? [`Names that are no permissions, and what they were turned into (${renamed.length}):`] : []),
    ...renamed.map(({ from, to }) => `  ${printed(from)} → ${to}`),
    ...leftOut.map((what) => `Left out: ${what}`),
  ].join('\n');
}
