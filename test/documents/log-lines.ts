import { relative, sep } from 'node:path';
import ts from 'typescript';
import { isFunction, MessageFlow } from './message-flow.js';

/** A line that the library logs at `warn` or `error`, or emits as a warning of the process. */
export interface LogLine {
  /** The position of its literal. */
  readonly where: string;
  /** Its constant parts, in order. Anything may be between them. */
  readonly parts: readonly string[];
}

type Piece = string | ts.Expression;
/** The expressions whose values an expression can have; `undefined` if unknown. */
type Sources = readonly ts.Expression[] | undefined;

/** The classes whose methods `warn` and `error` write to the log. */
const LOGGERS = ['Logger', 'AuthzLogger', 'RepeatedWarnings'];
/** Types of functions that report a problem of a source or feed, which is logged. */
const NOTES = ['MappingNote', 'FeedNote'];
/** Functions that return any string. */
const OPAQUE = ['messageOf', 'shown', 'printable', 'oneLine', 'lineOf'];
/** Shortest part by which a line can be recognised. */
const SHORTEST = 7;

/** Finds the literals of all lines that a program logs: follows each message backwards from the call of the logger. */
export class LogLines {
  /** Messages for which no literal was found, by their position. */
  readonly untraced = new Map<string, string>();
  private readonly found = new Map<string, LogLine>();
  private readonly seen = new Set<ts.Node>();
  private readonly checker: ts.TypeChecker;
  private readonly flow: MessageFlow;

  constructor(files: readonly string[], options: ts.CompilerOptions) {
    const program = ts.createProgram([...files], { ...options, noEmit: true });
    this.checker = program.getTypeChecker();
    const own = program.getSourceFiles().filter(isOwn);
    this.flow = new MessageFlow(this.checker, own);
    for (const file of own) this.trace(this.messages(file));
  }

  get lines(): readonly LogLine[] {
    return [...this.found.values()];
  }

  /** Returns the arguments of all calls that log. */
  private messages(file: ts.SourceFile): readonly ts.Expression[] {
    const found: ts.Expression[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.arguments[0] !== undefined && this.logs(node.expression))
        found.push(node.arguments[0]);
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  }

  private logs(called: ts.Expression): boolean {
    const { aliasSymbol } = this.checker.getTypeAtLocation(called);
    if (NOTES.includes(aliasSymbol?.name ?? '')) return true;
    if (ts.isIdentifier(called)) return called.text === 'note';
    if (!ts.isPropertyAccessExpression(called)) return false;
    const { text } = called.name;
    return text === 'emitWarning' || ((text === 'warn' || text === 'error') && this.isOfLogger(called.name));
  }

  private isOfLogger(method: ts.Node): boolean {
    const declarations = this.flow.symbolOf(method)?.declarations ?? [];
    return declarations.some(({ parent }) => ts.isClassDeclaration(parent) && LOGGERS.includes(parent.name?.text ?? ''));
  }

  private trace(expressions: readonly ts.Expression[]): void {
    for (const expression of expressions) {
      const node = unwrapped(expression);
      if (this.seen.has(node)) continue;
      this.seen.add(node);
      this.traceOne(node);
    }
  }

  private traceOne(node: ts.Expression): void {
    const pieces = piecesOf(node);
    const parts = pieces.filter((piece) => typeof piece === 'string');
    const where = placeOf(node);
    if (parts.some((part) => part.trim().length >= SHORTEST)) {
      this.found.set(where, { where, parts });
      return;
    }
    // A line whose constant parts are too short to be recognised begins with another message.
    const sources = pieces.length > 1 ? pieces.filter((piece) => typeof piece !== 'string').slice(0, 1) : this.sourcesOf(node);
    if (sources === undefined) this.untraced.set(where, node.getText());
    else this.trace(sources);
  }

  private sourcesOf(node: ts.Expression): Sources {
    if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse];
    if (ts.isBinaryExpression(node)) return [node.left, node.right];
    if (isFunction(node)) return resultsOf(node);
    if (ts.isCallExpression(node)) return this.sourcesOfCall(node);
    if (ts.isArrayLiteralExpression(node)) return node.elements;
    if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) return this.sourcesOfSymbol(this.flow.symbolOf(node));
    return ts.isStringLiteralLike(node) ? [] : undefined;
  }

  private sourcesOfCall({ expression: called, arguments: [callback] }: ts.CallExpression): Sources {
    const symbol = this.flow.symbolOf(called);
    if (OPAQUE.includes(symbol?.name ?? '')) return [];
    const declaration = symbol?.declarations?.[0];
    if (declaration !== undefined && isFunction(declaration) && isOwn(declaration.getSourceFile())) return resultsOf(declaration);
    return ts.isPropertyAccessExpression(called) ? sourcesOfList(called, callback) : undefined;
  }

  private sourcesOfSymbol(symbol: ts.Symbol | undefined): Sources {
    const roots = symbol === undefined ? [] : this.flow.rootsOf(symbol);
    const sources = roots.flatMap((root) => (root.declarations ?? []).map((each) => this.sourcesOfDeclaration(root, each)));
    return sources.every((each) => each === undefined) ? undefined : sources.flatMap((each) => each ?? []);
  }

  private sourcesOfDeclaration(symbol: ts.Symbol, declaration: ts.Declaration): Sources {
    if (isFunction(declaration)) return resultsOf(declaration);
    if (ts.isParameter(declaration)) return this.isOfNote(declaration) ? [] : unlessEmpty(this.flow.givenTo(declaration));
    if (ts.isVariableDeclaration(declaration)) return valueOf(declaration);
    if (ts.isPropertyAssignment(declaration)) return [declaration.initializer];
    if (ts.isPropertySignature(declaration) || ts.isPropertyDeclaration(declaration)) return this.flow.assignedTo(symbol);
    return ts.isBindingElement(declaration) ? this.sourcesOfBinding(declaration) : undefined;
  }

  private sourcesOfBinding({ name, propertyName, parent }: ts.BindingElement): Sources {
    const member = propertyName ?? name;
    if (!ts.isIdentifier(member)) return undefined;
    return this.sourcesOfSymbol(this.checker.getTypeAtLocation(parent).getProperty(member.text));
  }

  /** Returns whether a parameter is that of a note. All calls of notes are followed by themselves. */
  private isOfNote({ parent: owner }: ts.ParameterDeclaration): boolean {
    const type = ts.isArrowFunction(owner) ? this.checker.getContextualType(owner) : undefined;
    return NOTES.includes(type?.aliasSymbol?.name ?? '');
  }
}

function isOwn({ fileName }: ts.SourceFile): boolean {
  return !fileName.includes('node_modules');
}

/** Returns what is in parentheses, spread or asserted to have a type. */
function unwrapped(node: ts.Expression): ts.Expression {
  const isWrapped = ts.isParenthesizedExpression(node) || ts.isSpreadElement(node) || ts.isAsExpression(node);
  return isWrapped ? unwrapped(node.expression) : node;
}

function piecesOf(node: ts.Expression): readonly Piece[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return piecesOf(node.expression);
  if (ts.isTemplateExpression(node))
    return [node.head.text, ...node.templateSpans.flatMap(({ expression, literal }) => [expression, literal.text])];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return [...piecesOf(node.left), ...piecesOf(node.right)];
  return [node];
}

/** The messages of `list.flatMap((item) => …)`, `list.filter(…)`; the first part of `[first, …].join('; ')`. */
function sourcesOfList({ name, expression: list }: ts.PropertyAccessExpression, callback: ts.Expression | undefined): Sources {
  if (name.text === 'map' || name.text === 'flatMap') return callback && [callback];
  if (name.text === 'filter') return [list];
  return name.text === 'join' && ts.isArrayLiteralExpression(list) ? list.elements.slice(0, 1) : undefined;
}

function valueOf({ parent, initializer }: ts.VariableDeclaration): Sources {
  if (ts.isForOfStatement(parent.parent)) return [parent.parent.expression];
  return initializer && [initializer];
}

function unlessEmpty(sources: readonly ts.Expression[]): Sources {
  return sources.length === 0 ? undefined : sources;
}

/** Returns what a function returns. */
function resultsOf({ body }: ts.FunctionLikeDeclaration): readonly ts.Expression[] {
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body];
  const results: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunction(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined) results.push(node.expression);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return results;
}

function placeOf(node: ts.Node): string {
  const file = node.getSourceFile();
  const { line, character } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${relative('', file.fileName).split(sep).join('/')}:${line + 1}:${character + 1}`;
}
