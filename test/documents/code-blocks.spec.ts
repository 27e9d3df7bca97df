import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { faultsOfTypeScript } from './compile-blocks.js';
import { faultsOfJavaScript, faultsOfJson, faultsOfYaml, SqlParser } from './data-blocks.js';
import { Document, PUBLISHED, type CodeBlock } from './documents.js';
import { faultsOfMention, faultsOfShell } from './shell-blocks.js';

const LANGUAGES = ['ts', 'js', 'sh', 'console', 'yaml', 'json', 'sql', 'text'];

const documents = PUBLISHED.map((path) => {
  const document = Document.read(path);
  return { path, blocks: document.blocks(), spans: document.spans() };
});

/** Returns the documents that have blocks of one of these languages, with these blocks. */
function having(...languages: readonly string[]) {
  return documents
    .map(({ path, blocks }) => ({ path, blocks: blocks.filter(({ language }) => languages.includes(language)) }))
    .filter(({ blocks }) => blocks.length > 0);
}

interface Given {
  readonly path: string;
  readonly blocks: readonly CodeBlock[];
}

/** Checks each block, and names the place of each fault. */
async function faultsIn(
  { path, blocks }: Given,
  check: (block: CodeBlock) => readonly string[] | Promise<readonly string[]>,
): Promise<readonly string[]> {
  const faults = await Promise.all(
    blocks.map(async (block) => (await check(block)).map((fault) => `${path}:${block.line}: ${fault}`)),
  );
  return faults.flat();
}

/** Path of the test that runs the commands of a document and compares their output. */
function testOf(path: string): string {
  return path.startsWith('docs/guides/')
    ? `test/documents/guides/${basename(path, '.md')}.e2e-spec.ts`
    : `test/documents/console/${path.replace(/(\/README)?\.md$/, '').replaceAll('/', '-')}.e2e-spec.ts`;
}

describe('the code blocks of the documents', () => {
  it.each(documents)('have a language that is checked: $path', ({ path, blocks }) => {
    const unknown = blocks.filter(({ language }) => !LANGUAGES.includes(language));
    expect(unknown.map(({ language, line }) => `${path}:${line}: ${language || 'no language'}`)).toEqual([]);
  });

  describe('in TypeScript', () => {
    const faults = faultsOfTypeScript(
      having('ts').flatMap(({ path, blocks }) => blocks.map((block) => ({ ...block, document: path }))),
    );

    it.each(having('ts'))('compile: $path', ({ path }) => {
      expect(faults.get(path) ?? []).toEqual([]);
    });
  });

  it.each(having('ts'))('come with the command that creates the folder of a copy on disk: $path', ({ path, blocks }) => {
    const copies = blocks.flatMap(({ content }) => Array.from(content.matchAll(/diskCopy: '([^/'][^']*)\/[^/']+'/g)));
    const { content } = Document.read(path);
    expect(copies.map(([, folder]) => `mkdir -p ${folder}`).filter((command) => !content.includes(command))).toEqual([]);
  });

  describe('in JavaScript', () => {
    it.each(having('js'))('parse: $path', async (document) => {
      expect(await faultsIn(document, faultsOfJavaScript)).toEqual([]);
    });
  });

  describe('with commands', () => {
    it.each(having('sh', 'console'))('are understood by bash and by the command line of the package: $path', async (document) => {
      expect(await faultsIn(document, faultsOfShell)).toEqual([]);
    });

    it.each(having('console'))('and output are run by a test: $path', ({ path }) => {
      expect(existsSync(testOf(path))).toBe(true);
    });
  });

  it.each(documents)('and the text name commands and options of the command line that exist: $path', async ({ path, spans }) => {
    const faults = await Promise.all(
      spans.map(async ({ content, line }) => (await faultsOfMention(content)).map((fault) => `${path}:${line}: ${fault}`)),
    );
    expect(faults.flat()).toEqual([]);
  });

  describe('in YAML', () => {
    it.each(having('yaml'))('parse, and mappings have no faults: $path', async (document) => {
      expect(await faultsIn(document, faultsOfYaml)).toEqual([]);
    });
  });

  describe('in JSON', () => {
    it.each(having('json'))('parse, and mappings have no faults: $path', async (document) => {
      expect(await faultsIn(document, faultsOfJson)).toEqual([]);
    });
  });

  describe('in SQL', () => {
    it('parse', async () => {
      const parser = new SqlParser();
      const faults = await Promise.all(having('sql').map((document) => faultsIn(document, (block) => parser.faultsOf(block))));
      expect(faults.flat()).toEqual([]);
      await parser.close();
    });
  });
});
