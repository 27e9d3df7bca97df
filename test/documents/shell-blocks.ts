import { execFile } from 'node:child_process';
import { Readable } from 'node:stream';
import { cliProgram } from '../../lib/cli/cli-program.js';
import { hasToken } from '../../lib/cli/input/literal-token.js';
import type { CodeBlock } from './documents.js';
import { consoleSteps } from './guides/console-steps.js';

/** Returns what a reader types of a block of the languages `sh` and `console`. */
function scriptOf(block: CodeBlock): string {
  if (block.language === 'sh') return block.content;
  return consoleSteps(block)
    .map(({ command }) => command)
    .join('\n');
}

/** Returns why bash does not accept a block, or the command line of the package does not accept one of its commands. */
export async function faultsOfShell(block: CodeBlock): Promise<readonly string[]> {
  const script = scriptOf(block);
  const stray = block.language === 'console' && !block.content.startsWith('$ ') ? ['does not begin with a command: "$ …"'] : [];
  const typed = block.file === undefined ? faultsOfTyping(script) : [];
  return [...stray, ...typed, ...(await faultsOfScript(script))];
}

/**
 * Returns what the interactive zsh of macOS reads in another way than bash. There, `#` begins no comment, a pattern without a match is an
 * error, and `!"` does not end a string.
 */
function faultsOfTyping(script: string): readonly string[] {
  return Array.from(script.matchAll(TOKEN), ({ 0: text, groups }) => {
    const word = groups!['word'] ?? '';
    const bare = word.replace(/'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^\n]|[<$]\([^]*\)/g, '');
    if (text.startsWith('#')) return `zsh takes a comment for arguments: ${text}`;
    if (/[*?[]/.test(bare)) return `zsh takes a word without quotes for the names of files: ${word}`;
    if (word.includes('!"')) return `zsh expands "!": ${word}`;
    return '';
  }).filter((fault) => fault !== '');
}

/** @see faultsOfShell */
export async function faultsOfScript(script: string): Promise<readonly string[]> {
  const syntax = await syntaxFault(script);
  const commands = await Promise.all(packageCommands(script).map((args) => faultOfCommand(args)));
  return [...syntax, ...commands.flat()];
}

/** Returns why the text mentions a command of the package that does not exist, or an option that the command does not have. */
export async function faultsOfMention(span: string): Promise<readonly string[]> {
  const faults = await Promise.all(packageCommands(span).map((args) => faultOfCommand(args)));
  return faults.flat().filter((fault) => /unknown (?:command|option)/.test(fault));
}

async function syntaxFault(script: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const bash = execFile('bash', ['-n'], (error, _, stderr) => {
      resolve(error === null ? [] : [stderr.trim()]);
    });
    bash.stdin!.end(script);
  });
}

/** Has the parser of the command line read arguments, without running the command. */
async function faultOfCommand(args: readonly string[]): Promise<readonly string[]> {
  const line = `nestjs-authz ${args.join(' ')}`;
  const errors: string[] = [];
  const output = { out: () => undefined, err: (text: string) => void errors.push(text) };
  const terminal = { ...output, env: {}, stdin: Readable.from([]), isWatched: false };
  if (args.some(hasToken)) return [`${line}: a token is no argument`];
  try {
    await cliProgram(output, terminal, () => () => Promise.resolve()).parseAsync(args, { from: 'user' });
    return [];
  } catch (error) {
    return (error as { exitCode?: number }).exitCode === 0 ? [] : [`${line}: ${errors.join('') || String(error)}`];
  }
}

const RUNNER = /^(?:npx|--yes|-y|--no|--no-install|--|sudo|\w+=.*)$/;

/** Returns the arguments of each command of the package in a script. */
function packageCommands(script: string): readonly (readonly string[])[] {
  return simpleCommands(script).flatMap((words) => {
    const index = words.findIndex((word) => /^(?:\S*\/)?nestjs-authz(?:@[\w.^~]+)?$/.test(word));
    return index >= 0 && words.slice(0, index).every((word) => RUNNER.test(word)) ? [words.slice(index + 1)] : [];
  });
}

const TOKEN = new RegExp(
  [
    /\\\n|[ \t]+/, // space
    /(?<=^|\s)#[^\n]*/, // comment
    /(?<end>\|\|?|&&?|;|\n|\(|\))/,
    /\d?(?:>>?|<)(?!\()&?(?<target>[ \t]*[^\s|;&()]+)?/, // redirection
    /(?<word>(?:'[^']*'|"(?:\\[^]|[^"\\])*"|[<$]\((?:[^()]|\([^()]*\))*\)|\\[^\n]|[^\s|;&()<>'"\\])+)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gm',
);

/** Splits a script into its simple commands, and these into words without quotes. Knows what documents use, not all of bash. */
function simpleCommands(script: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const { groups } of script.matchAll(TOKEN)) {
    const { word, end } = groups!;
    if (end !== undefined) commands.push([]);
    else if (word !== undefined) commands.at(-1)!.push(unquoted(word));
  }
  return commands;
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|"((?:\\[^]|[^"\\])*)"|\\([^\n])/g, (_, single, double, escaped) =>
    String(single ?? double ?? escaped),
  );
}
