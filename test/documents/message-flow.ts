import ts from 'typescript';

type Call = ts.CallExpression | ts.NewExpression;

/** A function is followed at most this often from one variable to the next. */
const MAX_STEPS = 8;

/** Where values and functions of a program are used. */
export class MessageFlow {
  /** The places at which each symbol is named. */
  private readonly uses = new Map<ts.Symbol, ts.Identifier[]>();

  constructor(
    readonly checker: ts.TypeChecker,
    files: readonly ts.SourceFile[],
  ) {
    for (const file of files) this.index(file);
  }

  /** Returns the symbol that a name refers to, also if it is imported. */
  symbolOf(node: ts.Node): ts.Symbol | undefined {
    if (ts.isPropertyAccessExpression(node)) return this.symbolOf(node.name);
    if (ts.isShorthandPropertyAssignment(node.parent)) return this.checker.getShorthandAssignmentValueSymbol(node.parent);
    const symbol = this.checker.getSymbolAtLocation(node);
    const isAlias = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    return isAlias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  /** The symbols of which a symbol of a union or a mapped type consists. */
  rootsOf(symbol: ts.Symbol): readonly ts.Symbol[] {
    const roots = this.checker.getRootSymbols(symbol);
    return roots.length === 0 ? [symbol] : roots;
  }

  /** Returns the values that object literals and assignments give a property. */
  assignedTo(property: ts.Symbol): readonly ts.Expression[] {
    return this.usesOf(property).flatMap((use) => valueAt(use) ?? []);
  }

  /** Returns the arguments for a parameter, in all calls of its function. */
  givenTo(parameter: ts.ParameterDeclaration): readonly ts.Expression[] {
    const owner = parameter.parent;
    const index = owner.parameters.indexOf(parameter);
    return this.callsOf(owner, 0).flatMap((call) => call.arguments?.[index] ?? []);
  }

  private index(node: ts.Node): void {
    if (ts.isIdentifier(node))
      for (const symbol of this.symbolsAt(node)) {
        const uses = this.uses.get(symbol);
        if (uses === undefined) this.uses.set(symbol, [node]);
        else uses.push(node);
      }
    ts.forEachChild(node, (child) => this.index(child));
  }

  /** The symbols of a name: its own and, if it is a member of an object, that of the expected type. */
  private symbolsAt(node: ts.Identifier): readonly ts.Symbol[] {
    const symbols = [this.symbolOf(node), ...this.expectedAt(node), this.boundAt(node)];
    return [...new Set(symbols.flatMap((symbol) => (symbol === undefined ? [] : this.rootsOf(symbol))))];
  }

  private expectedAt({ parent, text }: ts.Identifier): readonly (ts.Symbol | undefined)[] {
    const isMember =
      ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent) || ts.isMethodDeclaration(parent);
    if (!isMember || !ts.isObjectLiteralExpression(parent.parent)) return [];
    const type = this.checker.getContextualType(parent.parent);
    if (type === undefined) return [];
    return (type.isUnion() ? type.types : [type]).map((each) => each.getProperty(text));
  }

  private boundAt(node: ts.Identifier): ts.Symbol | undefined {
    const { parent } = node;
    if (!ts.isBindingElement(parent) || (parent.propertyName ?? parent.name) !== node) return undefined;
    return this.checker.getTypeAtLocation(parent.parent).getProperty(node.text);
  }

  private usesOf(symbol: ts.Symbol): readonly ts.Identifier[] {
    return this.rootsOf(symbol).flatMap((root) => this.uses.get(root) ?? []);
  }

  /** Returns the calls of a function, wherever it was put. */
  private callsOf(owner: ts.Node, steps: number): readonly Call[] {
    if (steps > MAX_STEPS) return [];
    const name = nameOf(owner);
    if (name !== undefined) return this.symbolsNamed(name).flatMap((symbol) => this.callsOfSymbol(symbol, steps));
    const { parent } = owner;
    if (isResult(owner)) {
      // The function is the result of another one: follow where its callers put it.
      const maker = ts.findAncestor(parent, isFunction);
      return maker === undefined ? [] : this.callsOf(maker, steps + 1).flatMap((call) => this.callsOf(call, steps + 1));
    }
    const parameter = isCall(parent) ? this.parameterFor(parent, owner) : undefined;
    return parameter === undefined ? [] : this.callsOfParameter(parameter, steps);
  }

  private symbolsNamed(name: ts.Node): readonly ts.Symbol[] {
    if (ts.isIdentifier(name)) return this.symbolsAt(name);
    return [this.symbolOf(name)].flatMap((symbol) => symbol ?? []);
  }

  private parameterFor(call: Call, argument: ts.Node): ts.ParameterDeclaration | undefined {
    const index = call.arguments?.findIndex((each) => each === argument) ?? -1;
    const declaration = this.checker.getResolvedSignature(call)?.declaration;
    if (index < 0 || declaration === undefined || ts.isJSDocSignature(declaration)) return undefined;
    return declaration.parameters[index];
  }

  /** A parameter of a constructor may also be a property. */
  private callsOfParameter(parameter: ts.ParameterDeclaration, steps: number): readonly Call[] {
    const property = ts.isIdentifier(parameter.name)
      ? this.checker.getTypeAtLocation(parameter.parent.parent).getProperty(parameter.name.text)
      : undefined;
    return [this.symbolOf(parameter.name), parameter.modifiers && property].flatMap((symbol) =>
      symbol === undefined ? [] : this.callsOfSymbol(symbol, steps),
    );
  }

  private callsOfSymbol(symbol: ts.Symbol, steps: number): readonly Call[] {
    return this.usesOf(symbol).flatMap((use) => {
      const { parent } = use;
      const whole = ts.isPropertyAccessExpression(parent) && parent.name === use ? parent : use;
      if (isCall(whole.parent) && whole.parent.expression === whole) return [whole.parent];
      return isGivenOn(whole) ? this.callsOf(whole, steps + 1) : [];
    });
  }
}

export function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isArrowFunction(node) ||
    ts.isFunctionExpression(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessor(node)
  );
}

function isCall(node: ts.Node): node is Call {
  return ts.isCallExpression(node) || ts.isNewExpression(node);
}

/** Returns whether a node is what its function returns. */
function isResult({ parent, ...node }: ts.Node): boolean {
  if (ts.isReturnStatement(parent)) return true;
  return ts.isArrowFunction(parent) && parent.body.pos === node.pos && parent.body.end === node.end;
}

/** Returns whether a function is not called but passed as an argument, a member or a value. */
function isGivenOn(node: ts.Node): boolean {
  const { parent } = node;
  if (isCall(parent)) return true;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return ts.isShorthandPropertyAssignment(parent) || (ts.isBinaryExpression(parent) && parent.right === node);
}

/** Returns the name under which a function, or a value, can be called. */
function nameOf(node: ts.Node): ts.Node | undefined {
  const { parent } = node;
  if (ts.isConstructorDeclaration(node)) return node.parent.name;
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return node.name;
  return isNamed(parent) ? parent.name : targetOf(node);
}

function isNamed(node: ts.Node): node is ts.NamedDeclaration {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node)
  );
}

/** Returns the property to which a value is assigned. */
function targetOf(node: ts.Node): ts.Node | undefined {
  const { parent } = node;
  return ts.isBinaryExpression(parent) && parent.right === node && ts.isPropertyAccessExpression(parent.left)
    ? parent.left.name
    : undefined;
}

/** Returns the value that a property gets where it is named. */
function valueAt(use: ts.Identifier): ts.Expression | undefined {
  const { parent } = use;
  if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent))
    return parent.name === use ? parent.initializer : undefined;
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name;
  const assignment = parent.parent;
  const isTarget = ts.isPropertyAccessExpression(parent) && ts.isBinaryExpression(assignment) && assignment.left === parent;
  return isTarget ? assignment.right : undefined;
}
