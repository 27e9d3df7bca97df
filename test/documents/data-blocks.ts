import { Readable } from 'node:stream';
import { PGlite } from '@electric-sql/pglite';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { readMatrix } from '../../lib/cli/matrix/read-matrix.js';
import { lintText } from '../../lib/cli/output/lint-result.js';
import type { CodeBlock } from './documents.js';
import { faultsOfScript } from './shell-blocks.js';

type Members = Readonly<Record<string, unknown>>;

/** Returns why a block of JSON does not parse, or is no valid mapping although it is one. */
export async function faultsOfJson({ content }: CodeBlock): Promise<readonly string[]> {
  try {
    return await faultsOfDocument(JSON.parse(content), content);
  } catch (error) {
    return [String(error)];
  }
}

/** Returns why a block of YAML does not parse, or is no valid mapping, matrix or workflow although it is one. */
export async function faultsOfYaml({ content }: CodeBlock): Promise<readonly string[]> {
  const documents = parseAllDocuments(content);
  if (!Array.isArray(documents)) return ['is empty'];
  const syntax = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings].map(({ message }) => message));
  if (syntax.length > 0) return syntax;
  const faults = await Promise.all(documents.map((document) => faultsOfDocument(document.toJS(), content)));
  return faults.flat();
}

async function faultsOfDocument(document: unknown, content: string): Promise<readonly string[]> {
  if (isMapping(document)) {
    const { faults, warnings } = await lintText(content, 'the block');
    return [...faults, ...warnings].map(({ place, message }) => `${place}: ${message}`);
  }
  if (isMembers(document) && Array.isArray(document['cases'])) return faultsOfMatrix(content);
  return (await Promise.all(scriptsIn(document).map((script) => faultsOfScript(script)))).flat();
}

/** Tells a mapping from other documents with roles: a realm of Keycloak, a file for `import --rename`. */
function isMapping(document: unknown): boolean {
  if (!isMembers(document) || !isMembers(document['roles']) || document['realm'] !== undefined) return false;
  return Object.values(document['roles']).some((role) => typeof role === 'object');
}

async function faultsOfMatrix(content: string): Promise<readonly string[]> {
  const stdin = Readable.from([Buffer.from(content)]);
  try {
    await readMatrix('-', { stdin, env: {}, isWatched: false, out: () => undefined, err: () => undefined });
    return [];
  } catch (error) {
    return [String(error)];
  }
}

/** Returns the scripts of a workflow: all strings under `run`. */
function scriptsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(scriptsIn);
  if (!isMembers(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'run' && typeof member === 'string' ? [member] : scriptsIn(member),
  );
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns why a block of JavaScript does not parse. */
export function faultsOfJavaScript({ content }: CodeBlock): readonly string[] {
  const { diagnostics = [] } = ts.transpileModule(content, {
    fileName: 'block.js',
    reportDiagnostics: true,
    compilerOptions: { allowJs: true, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** Checks SQL with the parser of PostgreSQL. Its tables need not exist. */
export class SqlParser {
  private readonly database = new PGlite();

  /** Returns why a block does not parse. A block that begins with `-- MySQL` is not for PostgreSQL. */
  async faultsOf({ content }: CodeBlock): Promise<readonly string[]> {
    if (content.startsWith('-- MySQL')) return [];
    // PL/pgSQL parses each statement of a function when the function is created, and resolves no names.
    const statements = content
      .replace(/^\s*BEGIN;/gim, '')
      .trim()
      .replace(/;?$/, ';');
    try {
      await this.database.exec(
        `CREATE OR REPLACE FUNCTION block() RETURNS void LANGUAGE plpgsql AS $the_block$ BEGIN\n${statements}\nEND $the_block$`,
      );
      return [];
    } catch (error) {
      return [String(error)];
    }
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
