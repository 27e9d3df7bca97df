import { readdirSync, readFileSync } from 'node:fs';
import Slugger from 'github-slugger';

/** A fenced block of code in a document. */
export interface CodeBlock {
  /** The word after the fence, such as `ts`; empty if there is none. */
  readonly language: string;
  readonly content: string;
  /** The file that the block is, if its first line, or an HTML comment above the block, names it: `// src/main.ts`, `<!-- file: authz.json -->`. */
  readonly file?: string;
  /** The text of the HTML comment directly above the block, which readers do not see. */
  readonly comment?: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** Code within a line of text. */
export interface CodeSpan {
  readonly content: string;
  readonly line: number;
}

/** A link or an image in a document. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

const FENCE = /^( *)(`{3,})([^\s`]*)[^\n]*\n([^]*?)^\1\2[ \t]*$/gm;
const FILE_NAME = /^(?:\/\/|#|--|<!--) ([\w@./-]+\.\w+|Dockerfile)(?: -->)?$/;

/** The documents of the package, by path, and their parts. */
export class Document {
  private constructor(
    readonly path: string,
    readonly content: string,
  ) {}

  static read(path: string): Document {
    return new Document(path, readFileSync(path, 'utf8'));
  }

  blocks(): readonly CodeBlock[] {
    return [...this.content.matchAll(FENCE)].map((match) => {
      const [, indent = '', , language = '', body = ''] = match;
      const content = body.replace(new RegExp(`^${indent}`, 'gm'), '');
      const comment = /<!-- ((?:(?!-->)[^])*) -->\s*$/.exec(this.content.slice(0, match.index))?.[1];
      const file = comment?.startsWith('file: ')
        ? comment.slice('file: '.length)
        : FILE_NAME.exec(content.split('\n', 1)[0]!)?.[1];
      return { language, content, line: this.lineAt(match.index), ...(file && { file }), ...(comment && { comment }) };
    });
  }

  /** The code spans of its text. */
  spans(): readonly CodeSpan[] {
    return [...this.withoutCode(false).matchAll(/(`+)([^`\n]+)\1/g)].map((match) => ({
      content: match[2]!,
      line: this.lineAt(match.index),
    }));
  }

  links(): readonly Link[] {
    const prose = this.withoutCode();
    const inline = [...prose.matchAll(/\]\(([^)\s]+)\)/g)];
    const references = [...prose.matchAll(/^\[[^\]]+\]: (\S+)$/gm)];
    return [...inline, ...references].map((match) => ({ target: match[1]!, line: this.lineAt(match.index) }));
  }

  /** The anchors of its headings, as GitHub and the documentation site form them, and those that it sets itself: `<a id="AUTHZ_KEY"></a>`. */
  anchors(): ReadonlySet<string> {
    const slugger = new Slugger();
    const content = this.withoutCode(false);
    const headings = [...content.matchAll(/^#{1,6} +(.+?)\s*$/gm)].map(([, title = '']) => slugger.slug(plain(title)));
    const own = [...content.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id = '']) => id);
    return new Set([...headings, ...own]);
  }

  /** The content with each character of code replaced by a space, so that positions stay. @param spans Whether to replace code spans, too. */
  private withoutCode(spans = true): string {
    const blank = (code: string) => code.replace(/[^\n]/g, ' ');
    const content = this.content.replace(FENCE, blank);
    return spans ? content.replace(/(`+)[^`\n]+\1/g, blank) : content;
  }

  private lineAt(index: number): number {
    return this.content.slice(0, index).split('\n').length;
  }
}

/** Returns a heading without the marks of code, emphasis and links. */
function plain(title: string): string {
  return title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
}

/** Paths of all documents that are published with the package. */
export const PUBLISHED = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'sample-app/README.md'],
  ...filesIn('docs', /^(?!api\/).*\.md$/),
  ...filesIn('lib', /(^|\/)README\.md$/),
].sort();

function filesIn(folder: string, name: RegExp): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file))
    .map((file) => `${folder}/${file}`);
}
