import { faultsOfTypeScript } from './compile-blocks.js';
import { faultsOfJavaScript, faultsOfJson, faultsOfYaml, SqlParser } from './data-blocks.js';
import type { CodeBlock } from './documents.js';
import { faultsOfMention, faultsOfShell } from './shell-blocks.js';

const block = (language: string, content: string, file?: string): CodeBlock => ({
  language,
  content,
  line: 10,
  ...(file !== undefined && { file }),
});

describe('the check of TypeScript', () => {
  const options = 'export const options = { issuer };\n';
  const augmentation = "declare module 'nestjs-authz' {\n  interface AuthzTypes {\n    permissions: 'a:b';\n  }\n}\n";
  const required = "import { RequirePermissions } from 'nestjs-authz';\nRequirePermissions('orders:read');\n";
  const documents = {
    'fault.md': [block('ts', "import { AuthzModule } from 'nestjs-authz';\nAuthzModule.forRot();\n")],
    'files.md': [
      block('ts', 'export const first = 1;\n', 'src/first.ts'),
      block('ts', "import { first, second } from './first.js';\nexport const sum: string = first;\n", 'src/second.ts'),
    ],
    'given.md': [block('ts', options)],
    'file.md': [block('ts', options, 'src/options.ts')],
    'announced.md': [
      block('ts', 'export const one: number = 1; // error TS2322: a string\n'),
      { ...block('ts', "export const one: number = ''; // error TS2322: a string\n"), line: 20 },
    ],
    'augmented.md': [block('ts', `${required}${augmentation}`), { ...block('ts', required), line: 20 }],
  };
  const all = Object.entries(documents).flatMap(([document, blocks]) => blocks.map((one) => ({ ...one, document })));
  let faults: ReadonlyMap<string, readonly string[]>;
  const faultsOf = (document: keyof typeof documents) => faults.get(document) ?? [];
  beforeAll(() => {
    faults = faultsOfTypeScript(all);
  });

  it('names the document, the line and the message of a fault', () => {
    expect(faultsOf('fault.md')).toEqual([expect.stringMatching(/^fault\.md:12: TS2\d+: Property 'forRot' does not exist/)]);
  });

  it('finds a file that imports what another file of the document does not export', () => {
    expect(faultsOf('files.md')).toEqual([
      expect.stringContaining("no exported member 'second'"),
      expect.stringContaining("not assignable to type 'string'"),
    ]);
  });

  it('accepts names that the text explains, but not in a whole file', () => {
    expect(faultsOf('given.md')).toEqual([]);
    expect(faultsOf('file.md')).toEqual(['file.md:11: "issuer" is not declared: a file must be complete']);
  });

  it('finds an announced error that does not occur', () => {
    expect(faultsOf('announced.md')).toEqual(['announced.md:11: TS2322 is announced, and the compiler accepts the line']);
  });

  it('keeps the permissions that one block declares from all other blocks', () => {
    expect(faultsOf('augmented.md')).toEqual([expect.stringMatching(/^augmented\.md:12: TS2345: .*"orders:read"/)]);
  });
});

describe('the check of commands', () => {
  it.each([
    ['an unknown command', 'npx nestjs-authz lnt mapping.yaml', "unknown command 'lnt'"],
    ['an unknown option', 'TOKEN=x npx nestjs-authz lint mapping.yaml --stric', "unknown option '--stric'"],
    ['a missing argument', 'cd orders && npx --yes nestjs-authz@0.1 diff before.yaml', "missing required argument 'after'"],
    ['an unknown option after a pipe', "cat 'a file' | \\\n  nestjs-authz lint - --x > out", "unknown option '--x'"],
    ['an unknown option in a substitution', 'echo "$(date)" && (nestjs-authz lint m.yaml --y)', "unknown option '--y'"],
    ['a quote that does not end', "echo 'a", 'unexpected EOF'],
    ['a comment, which zsh does not know', 'npm install nestjs-authz # NestJS 12', 'a comment for arguments: # NestJS 12'],
    ['a pattern without quotes', "npx esbuild 'a/*' --external:b/*", 'names of files: --external:b/*'],
    ['an exclamation mark at the end of a string', 'PASSWORD="$(openssl rand -hex 16)!"', 'zsh expands "!"'],
  ])('finds %s', async (_, script, message) => {
    expect(await faultsOfShell(block('sh', script))).toEqual([expect.stringContaining(message)]);
  });

  it('accepts valid commands, and names of the package in other commands', async () => {
    const script = `npm install nestjs-authz
npx nestjs-authz lint mapping.yaml --strict
npx nestjs-authz sign mapping.yaml --key <(printenv KEY) --kid "$KID" \\
  --valid-for 30d -o mapping.jws 2> errors
docker run nestjs-authz lnt
`;
    expect(await faultsOfShell(block('sh', script))).toEqual([]);
  });

  it('accepts comments and patterns in a script', async () => {
    const script = '# .ci/lint.sh\nnpx nestjs-authz lint ./mapping.yaml # in CI\nls *.yaml\n';
    expect(await faultsOfShell(block('sh', script, '.ci/lint.sh'))).toEqual([]);
  });

  it('accepts a mention without arguments, but not of an unknown option', async () => {
    expect(await faultsOfMention('nestjs-authz explain --tenant acme')).toEqual([]);
    expect(await faultsOfMention('npx nestjs-authz explain --tenants')).toEqual([expect.stringContaining('unknown option')]);
    expect(await faultsOfMention('nestjs-authz.example')).toEqual([]);
  });

  it('reads the commands of a console block, not the output', async () => {
    const shown = '$ nestjs-authz lint a.yaml\nnestjs-authz lnt\n$ nestjs-authz lint\n';
    expect(await faultsOfShell(block('console', shown))).toEqual([expect.stringContaining('missing required argument')]);
    expect(await faultsOfShell(block('console', 'a.yaml: 0 faults\n'))).toEqual([expect.stringContaining('does not begin')]);
  });
});

describe('the check of data', () => {
  it('finds faults of syntax', async () => {
    expect(await faultsOfYaml(block('yaml', 'a: [\n'))).not.toEqual([]);
    expect(await faultsOfJson(block('json', '{ "a": 1, }'))).not.toEqual([]);
    expect(faultsOfJavaScript(block('js', 'exports.onLogin = async (event) => {'))).not.toEqual([]);
    expect(faultsOfJavaScript(block('js', 'exports.onLogin = async (event) => {};'))).toEqual([]);
  });

  it('finds faults and warnings of a mapping', async () => {
    expect(await faultsOfYaml(block('yaml', "roles:\n  viewer: ['orders:re*']\n  clerk: {}\n"))).toEqual([
      expect.stringContaining('viewer'),
    ]);
    expect(await faultsOfJson(block('json', '{ "roles": { "clerk": {} } }'))).toEqual([expect.stringContaining('gives nothing')]);
    expect(await faultsOfYaml(block('yaml', 'roles:\n  Order Manager: order-manager\n'))).toEqual([]);
  });

  it('finds faults of a matrix', async () => {
    expect(await faultsOfYaml(block('yaml', 'cases:\n  - role: viewer\n'))).toEqual([expect.stringContaining('role')]);
  });

  it('finds wrong commands of a workflow', async () => {
    expect(await faultsOfYaml(block('yaml', 'steps:\n  - run: |\n      npx nestjs-authz lnt a\n'))).toEqual([
      expect.stringContaining('unknown command'),
    ]);
  });

  it('finds faults in SQL for PostgreSQL', async () => {
    const parser = new SqlParser();
    expect(await parser.faultsOf(block('sql', 'SELEC 1;\n'))).toEqual([expect.stringContaining('syntax error')]);
    const script = `-- roles.sql
BEGIN;
CREATE TABLE roles (name text PRIMARY KEY);
INSERT INTO roles SELECT title FROM groups;
SELECT r.name AS role FROM roles r
`;
    expect(await parser.faultsOf(block('sql', script))).toEqual([]);
    await parser.close();
  });
});
