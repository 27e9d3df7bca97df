import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import type { CodeBlock } from './documents.js';

/** A block of TypeScript, and the document that contains it. */
export interface SourceBlock extends CodeBlock {
  readonly document: string;
}

/** What a reader's project has: the options of `nest new`, and strict. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Legacy,
  types: ['node', 'jest'],
  strict: true,
  isolatedModules: true,
  esModuleInterop: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  useDefineForClassFields: false,
  skipLibCheck: true,
  noEmit: true,
};

/** A folder that exists only for the compiler. It lies in the package, so `nestjs-authz` is the package itself, as built. */
const FOLDER = resolve('test/documents/compiled');
/** Names and modules that a reader knows from the text of a document. The compiler does not check `.d.ts` files. */
const GIVEN = { path: join(FOLDER, 'given.ts'), content: readFileSync('test/documents/given.d.ts', 'utf8') };
const AUGMENTS = /^declare module 'nestjs-authz'/m;
/** A package that a guide moves away from, and that is not installed here. Blocks that import it are only parsed. */
const FORMER = "'nest-keycloak-connect'";
const EXPECTED_ERROR = /\/\/ error TS(\d+)/;

/**
 * Compiles blocks. The named blocks of a document see each other through relative imports; every other block is a module of its own.
 * A line that ends in `// error TS2345…` must have this error.
 * @returns The faults, by document.
 */
export function faultsOfTypeScript(blocks: readonly SourceBlock[]): ReadonlyMap<string, readonly string[]> {
  const compiler = new BlockCompiler(blocks);
  const faults = new Map<string, string[]>();
  for (const group of groupsOf(blocks))
    for (const { document, fault } of compiler.compile(group)) faults.set(document, [...(faults.get(document) ?? []), fault]);
  return faults;
}

/** Separates what changes the types of the package (`declare module 'nestjs-authz'`) from all other blocks. */
function groupsOf(blocks: readonly SourceBlock[]): readonly (readonly SourceBlock[])[] {
  const groups = new Map<string, SourceBlock[]>();
  for (const block of blocks) {
    const name = groupOf(block, blocks);
    groups.set(name, [...(groups.get(name) ?? []), block]);
  }
  return [...groups.values()];
}

function groupOf(block: SourceBlock, blocks: readonly SourceBlock[]): string {
  const isAugmenting = ({ content }: SourceBlock) => AUGMENTS.test(content);
  if (block.file === undefined) return isAugmenting(block) ? `${block.document}:${block.line}` : '';
  const files = blocks.filter(({ document, file }) => document === block.document && file !== undefined);
  return files.some(isAugmenting) ? block.document : '';
}

interface Fault {
  readonly document: string;
  readonly fault: string;
}

/** The files of the packages, which all programs share. */
const onDisk = new Map<string, ts.SourceFile | undefined>();

class BlockCompiler {
  private readonly blocks: ReadonlyMap<string, SourceBlock>;
  private readonly host = ts.createCompilerHost(OPTIONS);
  private readonly resolutions = ts.createModuleResolutionCache(process.cwd(), (name) => name, OPTIONS);
  private readonly parsed = new Map<string, ts.SourceFile | undefined>();
  private previous: ts.Program | undefined;

  constructor(blocks: readonly SourceBlock[]) {
    this.blocks = new Map(blocks.map((block) => [pathOf(block, blocks), block]));
    const { fileExists, readFile, directoryExists, getSourceFile } = this.host;
    const contentOf = (path: string) => (path === GIVEN.path ? GIVEN.content : this.moduleAt(path));
    this.host.fileExists = (path) => contentOf(path) !== undefined || fileExists(path);
    this.host.readFile = (path) => contentOf(path) ?? readFile(path);
    this.host.directoryExists = (path) =>
      [...this.blocks.keys()].some((file) => file.startsWith(`${path}/`)) || directoryExists!(path);
    this.host.getSourceFile = (path, version, ...rest) => {
      const content = contentOf(path);
      const files = content === undefined ? onDisk : this.parsed;
      if (!files.has(path))
        files.set(
          path,
          content === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, content, version, true),
        );
      return files.get(path);
    };
    this.host.getModuleResolutionCache = () => this.resolutions;
  }

  compile(group: readonly SourceBlock[]): readonly Fault[] {
    const paths = [...this.blocks].filter(([, block]) => group.includes(block)).map(([path]) => path);
    const program = ts.createProgram([GIVEN.path, ...paths], OPTIONS, this.host, this.previous);
    this.previous = program;
    const given = program.getSourceFile(GIVEN.path)!;
    const general = [
      ...program.getGlobalDiagnostics(),
      ...program.getSyntacticDiagnostics(given),
      ...program.getSemanticDiagnostics(given),
    ];
    if (general.length > 0) throw new Error(general.map((diagnostic) => messageOf(diagnostic)).join('\n'));
    return paths.flatMap((path) => this.faultsIn(path, program));
  }

  /** Returns a block as a module also if it has no imports and exports, so that its names are its own. Positions stay. */
  private moduleAt(path: string): string | undefined {
    const content = this.blocks.get(path)?.content;
    return content === undefined ? undefined : `${content}\nexport {};\n`;
  }

  private faultsIn(path: string, program: ts.Program): readonly Fault[] {
    const block = this.blocks.get(path)!;
    const source = program.getSourceFile(path)!;
    const semantic = program.getSemanticDiagnostics(source);
    const isFormer = semantic.some(
      ({ code, messageText }) => code === 2307 && ts.flattenDiagnosticMessageText(messageText, ' ').includes(FORMER),
    );
    const found = [...program.getSyntacticDiagnostics(source), ...(isFormer ? [] : semantic)].map((diagnostic) => ({
      line: source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line,
      code: diagnostic.code,
      text: messageOf(diagnostic),
    }));
    const expected = block.content.split('\n').flatMap((content, line) => {
      const code = EXPECTED_ERROR.exec(content)?.[1];
      return code === undefined ? [] : [{ line, code: Number(code) }];
    });
    const isExpected = (one: { line: number; code: number }) =>
      expected.some(({ line, code }) => line === one.line && code === one.code);
    const missing = expected.filter(({ line, code }) => !found.some((one) => one.line === line && one.code === code));
    const borrowed = block.file === undefined ? [] : givenNames(source, program.getTypeChecker());
    return [
      ...found.filter((one) => !isExpected(one)),
      ...missing.map(({ line, code }) => ({ line, text: `TS${code} is announced, and the compiler accepts the line` })),
      ...borrowed.map(({ line, name }) => ({ line, text: `"${name}" is not declared: a file must be complete` })),
    ].map(({ line, text }) => ({
      document: block.document,
      fault: `${block.document}:${block.line + 1 + line}: ${text}`,
    }));
  }
}

/** Returns the path of a block for the compiler. Of several states of a file, the last one is the file. */
function pathOf(block: SourceBlock, all: readonly SourceBlock[]): string {
  const folder = join(FOLDER, block.document);
  const files = all.filter(({ document, file }) => document === block.document && file !== undefined);
  if (block.file === undefined) return join(folder, dirname(files[0]?.file ?? 'src/main.ts'), `block-${block.line}.ts`);
  const isLast = files.findLast(({ file }) => file === block.file) === block;
  return join(folder, isLast ? block.file : join(dirname(block.file), `line-${block.line}.ts`));
}

/** Returns the names of given values in a file. Those of given modules are imported, and no fault. */
function givenNames(source: ts.SourceFile, checker: ts.TypeChecker): readonly { line: number; name: string }[] {
  const names: { line: number; name: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const symbol = ts.isShorthandPropertyAssignment(node.parent)
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node);
      if (symbol?.declarations?.some(isGivenValue) === true)
        names.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line, name: node.text });
    }
    node.forEachChild(visit);
  };
  visit(source);
  return names;
}

function isGivenValue(declaration: ts.Declaration): boolean {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.isSourceFile(statement.parent) && statement.parent.fileName === GIVEN.path;
}

function messageOf({ code, messageText }: ts.Diagnostic): string {
  return `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
