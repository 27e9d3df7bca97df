import Slugger from 'github-slugger';
import ts from 'typescript';
import { readSources } from '../package/imports.js';
import { packedPackage } from '../package/packed-files.js';
import { Document } from './documents.js';

/** The folder of the package in a project of its users. */
const INSTALLED = 'node_modules/nestjs-authz/';
/** A document, perhaps after the title of one of its sections: `See "Token size" in …/README.md`. */
const REFERENCE = /(?:"([^"]+)" in )?([\w@./-]+\.md)\b/g;

interface Reference {
  readonly where: string;
  readonly section?: string | undefined;
  readonly document: string;
}

/** Returns the documents that strings and doc comments of the library name: users see both. */
function references(): readonly Reference[] {
  return [...readSources('lib', '.ts')].flatMap(([file, source]) => {
    const found: Reference[] = [];
    const take = (text: string) => {
      for (const [, section, document = ''] of text.matchAll(REFERENCE)) found.push({ where: `lib/${file}`, section, document });
    };
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) take(node.text);
      for (const comment of ts.getJSDocCommentsAndTags(node)) take(comment.getText().replace(/\n\s*\* ?/g, ' '));
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true));
    return found;
  });
}

describe('the messages and doc comments of the library', () => {
  const found = references();
  const files = new Set(packedPackage().paths);

  it('name documents, which this suite finds', () => {
    expect(found.map(({ document }) => document)).toEqual(
      expect.arrayContaining([`${INSTALLED}lib/authentication/README.md`, `${INSTALLED}docs/guides/write-a-transport.md`]),
    );
  });

  it('name only documents that are in the installed package, by their path there', () => {
    const isInstalled = ({ document }: Reference) =>
      document.startsWith(INSTALLED) && files.has(document.slice(INSTALLED.length));
    expect(found.filter((reference) => !isInstalled(reference))).toEqual([]);
  });

  it('name only sections that the document has', () => {
    const hasSection = ({ section, document }: Reference) =>
      section === undefined || Document.read(document.slice(INSTALLED.length)).anchors().has(new Slugger().slug(section));
    expect(found.filter((reference) => !hasSection(reference))).toEqual([]);
  });
});
