import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

/** An import of a source file: its specifier, and the time at which the module is loaded. */
export interface Import {
  readonly specifier: string;
  /** `type`: not in the emitted code; `dynamic`: loaded when the line runs; `static`: loaded before the file runs. */
  readonly kind: 'static' | 'dynamic' | 'type';
}

/** Placeholder for a specifier that is computed at run time. */
export const COMPUTED = '(computed)';

/** Returns every import of a file: import, export … from, import(), require(), import('…') as a type. */
export function importsOf(file: string, source: string): readonly Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined)
      found.push({ specifier: ts.isStringLiteralLike(specifier) ? specifier.text : COMPUTED, kind: kindOf(node) });
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true));
  return found;
}

/** Returns the path of a relative import, with `.ts` instead of `.js`. */
export function targetOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}

/** Returns the package, or `node:`, of an import that is not relative. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:';
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Reads the files below a folder whose names have the ending, by their relative path. */
export function readSources(folder: string, ending: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith(ending),
  );
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path).split(sep).join('/'), readFileSync(path, 'utf8')];
    }),
  );
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  return ts.isCallExpression(node) && loads(node.expression) ? node.arguments[0] : undefined;
}

function loads(called: ts.Expression): boolean {
  return called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === 'require');
}

function kindOf(node: ts.Node): Import['kind'] {
  if (ts.isCallExpression(node)) return 'dynamic';
  if (ts.isImportTypeNode(node)) return 'type';
  if (ts.isImportDeclaration(node)) return isTypeOnlyImport(node.importClause) ? 'type' : 'static';
  return ts.isExportDeclaration(node) && isTypeOnlyExport(node) ? 'type' : 'static';
}

function isTypeOnlyImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  return clause.name === undefined && names !== undefined && ts.isNamedImports(names) && allAreTypes(names.elements);
}

function isTypeOnlyExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  return isTypeOnly || (exportClause !== undefined && ts.isNamedExports(exportClause) && allAreTypes(exportClause.elements));
}

function allAreTypes(names: readonly { readonly isTypeOnly: boolean }[]): boolean {
  return names.length > 0 && names.every(({ isTypeOnly }) => isTypeOnly);
}
