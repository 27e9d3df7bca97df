import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { COMPUTED, importsOf, packageOf, readSources } from './imports.js';
import { packedPackage } from './packed-files.js';

const run = promisify(execFile);

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly exports: Record<string, string | Record<'module-sync' | 'import' | 'require', { readonly types: string }>>;
  readonly typesVersions: { readonly '*': Record<string, readonly string[]> };
}
const manifestIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
const manifest = manifestIn('.');

const packed = packedPackage();

/** Files of the code with this ending. The sample's code is published as a document. */
const filesThatEnd = (ending: string) => packed.paths.filter((path) => path.startsWith('dist/') && path.endsWith(ending));

const typesFor = (form: 'import' | 'require') =>
  Object.values(manifest.exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry[form].types.slice(2)]));
/** The declaration file of each entry point. */
const TYPES = typesFor('require');
/** The declaration files of the ES modules, which contain no declarations themselves. */
const SAME_TYPES = typesFor('import');

/** Whether a file of the build is the code of a package. */
const isOfPackage = (path: string) => path.endsWith('/cel-js.js');

describe('the published files', () => {
  // The CommonJS form takes about 200 kB, and the parser of conditions, which is in both forms, 60 kB.
  it('take at most 640 kB for the code, and 950 kB with all documents', () => {
    const code = packed.paths.filter((path) => path.startsWith('dist/')).map((path) => readFileSync(path));
    expect(gzipSync(Buffer.concat(code)).length).toBeLessThanOrEqual(640_000);
    expect(packed.size).toBeLessThanOrEqual(950_000);
  });

  it('contain no source map, no source text and no reference to a source map', () => {
    expect(filesThatEnd('.map')).toEqual([]);
    expect(filesThatEnd('.ts').filter((path) => !path.endsWith('.d.ts'))).toEqual([]);
    const texts = packed.paths.filter((path) => path.startsWith('dist/')).map((path) => readFileSync(path, 'utf8'));
    expect(texts.filter((text) => /sourceMappingURL|sourcesContent/.test(text))).toEqual([]);
  });

  it('keep the line breaks of code that services load, so that stack traces are readable', () => {
    const longest = filesThatEnd('.js')
      .filter((path) => !/^dist\/(cli|cjs)\//.test(path) && !isOfPackage(path))
      .map((path) =>
        Math.max(
          ...readFileSync(path, 'utf8')
            .split('\n')
            .map((line) => line.length),
        ),
      );
    expect(Math.max(...longest)).toBeLessThan(2000);
  });
});

describe('the types', () => {
  const program = ts.createProgram(TYPES, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  const pathOf = (file: ts.SourceFile) => relative('', file.fileName).split(sep).join('/');
  const exportsOf = (file: string) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!);
  const isAlias = ({ flags }: ts.Symbol) => (flags & ts.SymbolFlags.Alias) !== 0;
  const resolved = (symbol: ts.Symbol) => (isAlias(symbol) ? checker.getAliasedSymbol(symbol) : symbol);
  const isValue = (symbol: ts.Symbol) =>
    (resolved(symbol).flags & ts.SymbolFlags.Value) !== 0 &&
    !symbol.declarations!.some((declaration) => ts.isTypeOnlyExportDeclaration(declaration));

  it('are in one file for each entry point', () => {
    expect(filesThatEnd('.d.ts').sort()).toEqual([...TYPES, ...SAME_TYPES].sort());
  });

  it('are the same for both forms of the code, and for compilers that do not read "exports"', () => {
    for (const file of SAME_TYPES) {
      const target = join(dirname(file), /from '(.+)\.js'/.exec(readFileSync(file, 'utf8'))![1]!);
      expect(`${target}.d.ts`).toBe(file.replace('dist/', 'dist/cjs/'));
    }
    const entries = Object.keys(manifest.exports).filter((entry) => typeof manifest.exports[entry] !== 'string' && entry !== '.');
    for (const entry of entries)
      expect(manifest.typesVersions['*'][entry.slice(2)]).toEqual([
        (manifest.exports[entry] as { readonly require: { readonly types: string } }).require.types,
      ]);
  });

  it.each(TYPES)('document in %s each name', (file) => {
    const said = (symbol: ts.Symbol) => [...symbol.getDocumentationComment(checker), ...symbol.getJsDocTags(checker)];
    const silent = exportsOf(file).filter((symbol) => said(resolved(symbol)).length === 0);
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('contain nothing that is @internal', () => {
    expect(TYPES.filter((file) => readFileSync(file, 'utf8').includes('@internal'))).toEqual([]);
  });

  it('declare each class once, so that two entry points have the same type', () => {
    const names = TYPES.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^(?:export )?declare (?:abstract )?class ([\w$]+)/gm)].map(([, name]) => name!),
    );
    expect(names).toContain('Revocations');
    expect(names.filter((name, index) => names.indexOf(name) !== index || name.includes('$'))).toEqual([]);
  });

  it('compile by themselves with a strict compiler', () => {
    const faults = ts.getPreEmitDiagnostics(program).filter(({ file }) => file !== undefined && TYPES.includes(pathOf(file)));
    expect(
      faults.map(({ file, messageText }) => `${pathOf(file!)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`),
    ).toEqual([]);
  });

  it.each(TYPES)('declare in %s exactly the values that the entry point exports', async (file) => {
    const module = `./${file.replace('.d.ts', '.js')}`;
    const { stdout } = await run(process.execPath, ['--eval', `console.log(JSON.stringify(Object.keys(require('${module}'))))`]);
    const values = JSON.parse(stdout) as string[];
    const declared = exportsOf(file).filter((symbol) => isValue(symbol));
    expect(declared.map(({ name }) => name).sort()).toEqual(values.sort());
  });
});

describe('the packages in the code', () => {
  const installed = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));

  /** Returns every package that the code in a folder imports and that is not installed with it, including their dependencies. */
  const bundledIn = (folder: string) => {
    const bundled = new Set(
      [...readSources('lib', '.ts')]
        .filter(([file]) => file.startsWith(`${folder}/`))
        .flatMap(([file, source]) => importsOf(file, source))
        .filter(({ specifier, kind }) => kind !== 'type' && specifier !== COMPUTED && !specifier.startsWith('.'))
        .map(({ specifier }) => packageOf(specifier))
        .filter((name) => name !== 'node:' && !installed.has(name)),
    );
    // Iterating over a Set also visits members that are added meanwhile.
    for (const name of bundled)
      for (const needed of Object.keys(manifestIn(join('node_modules', name)).dependencies ?? {})) bundled.add(needed);
    return [...bundled].sort();
  };

  describe.each([
    ['cli', ['commander', 'csv-parse']],
    ['mapping', ['@marcbachmann/cel-js']],
  ])('of %s', (folder, packages) => {
    it('are those that a service does not install', () => {
      expect(bundledIn(folder)).toEqual(packages);
      for (const name of packages) expect(Object.keys(manifest.dependencies!)).not.toContain(name);
    });

    it('have their licences beside them', () => {
      const file = `dist/${folder}/THIRD-PARTY-LICENSES.txt`;
      expect(packed.paths).toContain(file);
      const licences = readFileSync(file, 'utf8');
      for (const name of packages) {
        const from = join('node_modules', name);
        const own = readdirSync(from).find((entry) => /^licen[cs]e/i.test(entry))!;
        expect(licences).toContain(`${name} `);
        expect(licences).toContain(readFileSync(join(from, own), 'utf8').trim());
      }
    });
  });

  it('are in no other part', () => {
    const folders = readdirSync('dist', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const withLicences = folders.filter(({ name }) => existsSync(join('dist', name, 'THIRD-PARTY-LICENSES.txt')));
    expect(withLicences.map(({ name }) => name)).toEqual(['cli', 'mapping']);
  });
});
