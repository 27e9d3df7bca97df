import { shown } from '../../core/index.js';
import { fail } from './condition-fault.error.js';
import { scanString } from './scan-string.js';
import { refuseForbidden } from './static-type.js';

/** Longest condition, in bytes of UTF-8. */
const MAX_BYTES = 4096;
/** Deepest nesting. Each parenthesis, bracket, argument list and `!` counts. */
const MAX_DEPTH = 20;

/** U+0000 and half a surrogate pair. No database holds such text as it is. */
const UNHOLDABLE = /[\0\p{Cs}]/u;

/** One token at the current position, after white space. */
const TOKEN =
  /(?<name>[A-Za-z_]\w*)|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<operator>==|!=|<=|>=|&&|\|\||[<>!().,[\]])|(?<quote>["'])|(?<minus>-)/y;
const SPACE = /[ \t\r\n]*/y;

/** Tokens that end an operand, so that a `!` before it does not count any more. */
const CLOSING = new Map([
  [')', '('],
  [']', '['],
]);

/**
 * Refuses text that the parser must not see, or would accept although it is not in the language: too long, nested too deeply, comments, other forms of
 * strings and numbers, operators that the language does not have. Takes time in proportion to the text, at most 4 KiB.
 * @throws ConditionFaultError
 */
export function scanCondition(text: string): void {
  checkSize(text);
  const unholdable = UNHOLDABLE.exec(text);
  if (unholdable !== null)
    fail('U+0000 and half a surrogate pair are not allowed: no database holds them unchanged.', unholdable.index);
  new Scanner(text).scan();
}

function checkSize(text: string): void {
  // The length first: counting the bytes of a long string takes time. No character has less than one byte.
  if (text.length > MAX_BYTES || Buffer.byteLength(text) > MAX_BYTES)
    fail(`a condition has ${MAX_BYTES} bytes at most. Move parts of it into attributes of the resource.`, 0);
  if (text.trim() === '')
    fail('is empty. Write a condition such as resource.ownerId == principal.subject, or only the permission.', 0);
}

class Scanner {
  private at = 0;
  /** Open parentheses and brackets, each with the depth outside. */
  private readonly open: { readonly bracket: string; readonly at: number; readonly depth: number }[] = [];
  private depth = 0;
  private previous = '';

  constructor(private readonly text: string) {}

  scan(): void {
    this.skipSpace();
    while (this.at < this.text.length) {
      this.scanToken();
      this.skipSpace();
    }
    const unclosed = this.open.at(-1);
    if (unclosed !== undefined) fail(`this ${shown(unclosed.bracket)} is not closed.`, unclosed.at);
  }

  private skipSpace(): void {
    SPACE.lastIndex = this.at;
    this.at += SPACE.exec(this.text)?.[0].length ?? 0;
  }

  private scanToken(): void {
    TOKEN.lastIndex = this.at;
    const { groups = {} } = TOKEN.exec(this.text) ?? {};
    const { name, number, operator, quote, minus } = groups;
    if (name !== undefined) this.scanName(name);
    else if (number !== undefined) this.scanNumber(number);
    else if (operator !== undefined) this.scanOperator(operator);
    else if (quote !== undefined) this.advance(quote, scanString(this.text, this.at) - this.at);
    else if (minus !== undefined && /^-\d/.test(this.text.slice(this.at, this.at + 2))) this.advance(minus, 1);
    else this.refuseCharacter();
  }

  private advance(token: string, length = token.length): void {
    this.previous = token;
    this.at += length;
  }

  private scanName(name: string): void {
    const next = this.text[this.at + name.length];
    if (next === '"' || next === "'")
      fail(`${shown(name)} before a string is not allowed: raw strings and bytes are not in the language.`, this.at);
    refuseForbidden(name, this.at);
    const { previous } = this;
    if (name === 'null')
      fail('null is not in the language: write has(resource.x) or !has(resource.x). A null is a missing attribute.', this.at);
    const word = WORDS.get(name.toLowerCase());
    if (word !== undefined && previous !== '.') fail(`write ${shown(word)} in place of ${shown(name)}.`, this.at);
    this.advance(name);
  }

  private scanNumber(number: string): void {
    const rest = /^\w*/.exec(this.text.slice(this.at + number.length))?.[0] ?? '';
    if (rest !== '')
      fail(
        `${shown(`${number}${rest}`)} is not a number of the language: write it in decimal without a suffix, such as 12.5.`,
        this.at,
      );
    if (!Number.isFinite(Number(number))) fail(`${shown(number)} is larger than any number.`, this.at);
    if (/^\d+$/.test(number) && !Number.isSafeInteger(Number(number)))
      fail(`${shown(number)} is beyond 9007199254740991, where whole numbers are no longer exact.`, this.at);
    this.advance(number);
  }

  private scanOperator(operator: string): void {
    const { at } = this;
    if (operator === '!') this.deepen(at);
    else if (operator === '(' || operator === '[') {
      this.open.push({ bracket: operator, at, depth: this.depth });
      this.deepen(at);
    } else if (CLOSING.has(operator)) this.close(operator);
    else if (operator !== '.') this.depth = this.depthInside();
    this.advance(operator);
  }

  private deepen(at: number): void {
    if (++this.depth > MAX_DEPTH) fail(`is nested more than ${MAX_DEPTH} deep here.`, at);
  }

  private close(operator: string): void {
    const opened = this.open.pop();
    if (opened?.bracket !== CLOSING.get(operator)) fail(`this ${shown(operator)} closes nothing.`, this.at);
    this.depth = opened?.depth ?? 0;
  }

  /** Depth of an operand directly inside the innermost parentheses or brackets. */
  private depthInside(): number {
    const innermost = this.open.at(-1);
    return innermost === undefined ? 0 : innermost.depth + 1;
  }

  private refuseCharacter(): never {
    const [character = ''] = this.text.slice(this.at, this.at + 2);
    const pair = this.text.slice(this.at, this.at + 2);
    if (pair === '//' || pair === '/*') fail('comments are not in the language.', this.at);
    const instead = INSTEAD.get(character);
    if (instead !== undefined) fail(`${shown(character)} is not in the language: ${instead}.`, this.at);
    fail(`${shown(character)} is not in the language.`, this.at);
  }
}

/** Operators of other languages that are words. */
const WORDS = new Map([
  ['and', '&&'],
  ['or', '||'],
  ['not', '!'],
]);

const ARITHMETIC = 'it does not calculate';
const INSTEAD = new Map([
  ['=', 'write "=="'],
  ['&', 'write "&&"'],
  ['|', 'write "||"'],
  ['?', 'write a && b || !a && c in place of a ? b : c'],
  ['`', 'write strings in double quotes'],
  ['#', 'it has no comments'],
  ['{', 'it has no objects'],
  ...['+', '-', '*', '/', '%'].map((operator) => [operator, ARITHMETIC] as const),
]);
