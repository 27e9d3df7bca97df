import type { Command } from 'commander';
import { printable } from '../../core/index.js';
import type { CommandResult, PrintResult } from '../output/command-result.interface.js';
import { CliError } from '../cli.error.js';
import { documentText } from '../input/document-text.js';
import { urlFromEnvironment } from '../input/from-environment.js';
import { readAuth0Export, readReplacements } from '../import/auth0/auth0-export.js';
import { auth0Roles } from '../import/auth0/auth0-roles.js';
import { csvTables } from '../import/tables/csv-tables.js';
import { readExport } from '../import/export-file.js';
import type { ImportedRoles } from '../import/imported-roles.interface.js';
import { realmIn } from '../import/keycloak/keycloak-export.js';
import { keycloakRealm, type RealmOptions } from '../import/keycloak/keycloak-realm.js';
import { readRenameTable, withNewNames } from '../import/rename-table.js';
import { sqlTables, type SqlTablesOptions } from '../import/tables/sql-tables.js';
import { addTableOptions, tableOptions, type GivenTableOptions } from '../import/tables/table-options.js';
import { toMapping, type ImportReport } from '../import/to-mapping.js';
import { showProgress } from '../output/progress.js';
import { nameOf } from '../input/read-text.js';
import type { Terminal } from '../output/terminal.interface.js';
import { yamlText } from '../output/terminal-text.js';
import { counted, printed, printedList } from '../output/text-table.js';
import { writeFile } from '../output/write-file.js';

/** Options of every import. */
interface ImportOptions {
  readonly output?: string;
  readonly rename?: string;
}

export function addImport(program: Command, terminal: Terminal, printResult: PrintResult): void {
  const command = program
    .command('import')
    .description('make a mapping from roles kept elsewhere, and report roles and permissions that no user holds')
    .addHelpText('after', '\nExample:\n  $ nestjs-authz import keycloak realm-export.json -o mapping.yaml');
  const from = (name: string, description: string, example: string) =>
    command
      .command(name)
      .description(description)
      .option('-o, --output <file>', 'write the mapping to a file instead of standard output')
      .option('--rename <file>', 'new names in JSON or YAML: { permissions: { ORDER_READ: orders:read }, roles: { … } }')
      .addHelpText('after', `\nExample:\n  $ nestjs-authz import ${example}`);
  const done = (found: ImportedRoles, options: ImportOptions) => imported(found, options, terminal);

  addTableOptions(from('csv', 'tables of an internal user database as CSV files', 'csv exported/ -o mapping.yaml'))
    .argument('<directory>', 'with roles.csv, role_permissions.csv, perhaps permissions.csv, role_inherits.csv, user_roles.csv')
    .action(
      printResult(async (directory: string, options: ImportOptions & GivenTableOptions) => {
        showProgress(terminal, `Reading ${nameOf(directory)}`);
        return done(await csvTables(directory, tableOptions(options), terminal), options);
      }),
    );

  addTableOptions(
    from('sql', 'tables of PostgreSQL or MySQL', 'sql env:DATABASE_URL --held-sql "SELECT role FROM user_roles" -o mapping.yaml'),
  )
    .argument('<url>', 'postgres://… or mysql://…, or env:NAME')
    .option('--tables <file>', 'names of the tables in JSON or YAML, in the format of databaseMapping()')
    .option('--sql <query>', 'instead of the tables: a query with the columns role, permission, effect, when')
    .option('--held-sql <query>', 'a query with the roles that users hold')
    .action(
      printResult(async (url: string, options: ImportOptions & SqlImportOptions) => {
        const { tables, sql, heldSql } = options;
        const from = urlFromEnvironment(url, 'The URL of the database', terminal);
        showProgress(terminal, 'Reading the database');
        return done(
          await sqlTables({
            url: from,
            options: tableOptions(options),
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
    .argument('<file>', "in JSON or YAML: a realm, a list of realms, or the operator's KeycloakRealmImport")
    .option('--realm <name>', 'the realm to import if the file has several')
    .option('--client-roles-of <client>', "import the roles of this client instead of the realm's")
    .option('--ignore-policies', 'leave out policies that deny')
    .action(
      printResult(async (file: string, options: ImportOptions & RealmOptions & { realm?: string }) => {
        showProgress(terminal, `Reading ${nameOf(file)}`);
        const realm = realmIn(nameOf(file), await readExport(file, terminal), options.realm);
        return done(keycloakRealm(nameOf(file), realm, options), options);
      }),
    );

  from('auth0', 'roles as Auth0 exports them', 'auth0 roles.json --api https://orders.acme.com -o mapping.yaml')
    .argument('<file or directory>', 'export of the Deploy CLI, or a list of roles with their permissions in JSON or YAML')
    .option('--api <identifier>', 'import only the permissions of this API')
    .option('--replacements <file>', 'values of @@PLACEHOLDERS@@ and ##PLACEHOLDERS##, as in the config.json of the Deploy CLI')
    .action(
      printResult(async (place: string, options: ImportOptions & { api?: string; replacements?: string }) => {
        showProgress(terminal, `Reading ${nameOf(place)}`);
        const { api, replacements } = options;
        const values = replacements === undefined ? new Map<string, unknown>() : await readReplacements(replacements, terminal);
        return done(auth0Roles(nameOf(place), await readAuth0Export(place, values, terminal), api), options);
      }),
    );
}

interface SqlImportOptions extends GivenTableOptions {
  readonly tables?: string;
  readonly sql?: string;
  readonly heldSql?: string;
}

async function imported(found: ImportedRoles, { output, rename }: ImportOptions, terminal: Terminal): Promise<CommandResult> {
  if (found.roles.size === 0) throw new CliError(`${found.source} has no roles.`);
  const named = rename === undefined ? found : withNewNames(found, await readRenameTable(rename, terminal));
  const { document, report } = await toMapping(named);
  if (output !== undefined)
    await writeFile(output, /\.json$/i.test(output) ? documentText(document, output) : yamlText(document));
  return {
    json: { ...(output === undefined ? { document } : { output }), report },
    text: output === undefined ? yamlText(document).trimEnd() : '',
    notes: reportText(report, output),
  };
}

function reportText(report: ImportReport, output: string | undefined): string {
  const { renamed, renamedAsTold, leftOut, doubts, unheldRoles, unheldPermissions, ungrantedPermissions } = report;
  const list = (title: string, names: readonly string[] | undefined) =>
    names === undefined || names.length === 0 ? [] : [`${title} (${names.length}): ${printedList(names)}`];
  return [
    `${output === undefined ? 'Imported' : nameOf(output)}: ${counted(report.roles, 'role')}, ${counted(report.permissions, 'permission')}`,
    ...list('Roles that no user holds', unheldRoles),
    ...list('Permissions that no user holds', unheldPermissions),
    ...(unheldRoles === undefined ? [unknownText(report)] : []),
    ...list('Permissions that no role grants', ungrantedPermissions),
    ...(renamedAsTold.length > 0 ? [`Names changed by --rename (${renamedAsTold.length})`] : []),
    ...(renamed.length > 0 ? [`Names that are not valid permissions, and their replacements (${renamed.length}):`] : []),
    ...renamed.map(({ from, to }) => `  ${printed(from)} → ${printable(to)}`),
    ...doubts.map((what) => `Check: ${what}`),
    ...leftOut.map((what) => `Left out: ${what}`),
  ].join('\n');
}

function unknownText({ holdersUnknown }: ImportReport): string {
  const why = holdersUnknown === undefined ? '' : ` (${holdersUnknown})`;
  return `Roles and permissions that no user holds are not reported: the input does not show who holds what${why}.`;
}
