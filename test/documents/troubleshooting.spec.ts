import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { Refusals } from '../../lib/authorization/index.js';
import { REFUSAL_REASONS } from '../../lib/core/index.js';
import { readSources } from '../package/imports.js';
import { Document } from './documents.js';
import { LogLines, type LogLine } from './log-lines.js';
import { exampleLine } from './refusal-examples.js';

const PATH = 'docs/troubleshooting.md';
const document = Document.read(PATH);

/** Returns the content below a heading, up to the next one of its level or above. */
function section(heading: string): string {
  const level = heading.indexOf(' ');
  const [, content = ''] = document.content.split(`\n${heading}\n`);
  return content.split(new RegExp(`\n#{1,${level}} `))[0]!;
}

/** Returns the cells of the table rows, without the header. */
function rowsOf(content: string): readonly (readonly string[])[] {
  return [...content.matchAll(/^\|(.+)\|$/gm)]
    .map(([, row = '']) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .filter(([first = '']) => !/^-+$/.test(first) && !['line', 'cause', 'you see', 'HTTP'].includes(first));
}

const lib = [...readSources('lib', '.ts').keys()].filter((file) => !file.startsWith('cli/')).map((file) => `lib/${file}`);
const { config } = ts.readConfigFile('lib/tsconfig.json', (file) => readFileSync(file, 'utf8')) as { config: object };
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, 'lib');

describe('the reasons in the document', () => {
  it.each(REFUSAL_REASONS)('have %s, with the line that is logged, causes and what to do', (reason) => {
    const entry = section(`### ${reason}`);
    expect(/```text\n(.*)\n```/.exec(entry)?.[1]).toBe(exampleLine(reason));
    expect(rowsOf(entry).length).toBeGreaterThan(0);
    expect(rowsOf(entry).filter((cells) => cells.length !== 2 || cells.includes(''))).toEqual([]);
  });

  it('have no other', () => {
    const headings = [...section('## Reasons').matchAll(/^### (\w+)$/gm)].map(([, reason]) => reason);
    expect([...headings].sort()).toEqual([...REFUSAL_REASONS].sort());
  });

  it.each(REFUSAL_REASONS)('have %s in the row of its status', (reason) => {
    const { status, body } = new Refusals({}).of(reason);
    const rows = rowsOf(section('## By status')).filter((cells) => cells.at(-1)!.includes(`[${reason}](#${reason})`));
    expect(rows.map(([http]) => http)).toEqual([`${status} \`${body.error}\``]);
  });
});

describe('the lines of the log in the document', () => {
  const traced = new LogLines(lib, options);
  const listed = rowsOf(section('## Lines in the log')).map(([first = '']) => /`([^`]+)`/.exec(first)?.[1] ?? first);

  it('can be compared: each line that the library logs is traced to its literal', () => {
    expect([...traced.untraced]).toEqual([]);
    expect(traced.lines.length).toBeGreaterThan(80);
  });

  it.each(traced.lines.map((line) => [line.parts.join('…'), line] as const))('have %s', (_, line) => {
    expect(listed.some((pattern) => isLine(pattern, line))).toBe(true);
  });

  it.each(listed)('are logged: %s', (pattern) => {
    expect(traced.lines.some((line) => isLine(pattern, line))).toBe(true);
  });
});

/** Returns whether the document's form of a line, with `…` for what is computed, is the beginning or a part of the line. */
function isLine(pattern: string, { parts }: LogLine): boolean {
  const fragments = pattern.split('…').map((fragment) => fragment.trim());
  if (!fragments.some((fragment) => fragment.length >= 7)) return pattern === 'Refused …: …' && parts[0] === 'Refused ';
  const whole = parts.join('\0').replace(/\s+/g, ' ');
  let position = 0;
  for (const fragment of fragments) {
    const found = whole.indexOf(fragment, position);
    if (found < 0) return false;
    position = found + fragment.length;
  }
  return true;
}
