import { conditionText, type AttributeType, type Condition } from '../../../../lib/core/index.js';
import { parseCondition } from '../../../../lib/mapping/conditions/parse-condition.js';
import type { AttributeTypes, ResourceTypes } from '../../../../lib/mapping/document/condition-parser.interface.js';

const UNTYPED: ResourceTypes = new Map();

const attributes: AttributeTypes = new Map<string, AttributeType | AttributeTypes>([
  ['ownerId', 'string'],
  ['amount', 'number'],
  ['isOpen', 'boolean'],
  ['dueAt', 'timestamp'],
  ['tags', 'string[]'],
  ['owner', new Map([['id', 'string' as const]])],
]);
const TYPED: ResourceTypes = new Map([['orders', attributes]]);

function parsed(text: string, types = UNTYPED): Condition {
  const result = parseCondition(text, types);
  if ('fault' in result) throw new Error(`${text}: ${result.fault.message} (${result.fault.at})`);
  return result.condition;
}

function faultOf(text: string, types = UNTYPED): { readonly message: string; readonly at: number } {
  const result = parseCondition(text, types);
  if ('condition' in result) throw new Error(`${text}: was accepted as ${conditionText(result.condition)}`);
  return result.fault;
}

const attribute = (root: string, ...path: string[]) => ({ kind: 'attribute', root, variable: '', path, type: undefined });
const literal = (type: string, value: unknown) => ({ kind: 'literal', type, value });

describe('parseCondition', () => {
  it('parses a comparison of two attributes', () => {
    expect(parsed('resource.ownerId == principal.subject')).toEqual({
      kind: 'compare',
      comparator: '==',
      left: attribute('resource', 'ownerId'),
      right: { ...attribute('principal', 'subject'), type: 'string' },
    });
  });

  it('gives attributes their declared types', () => {
    expect(parsed('resource.owner.id == "x" && resource.amount < 5', TYPED)).toEqual({
      kind: 'and',
      parts: [
        {
          kind: 'compare',
          comparator: '==',
          left: { ...attribute('resource', 'owner', 'id'), type: 'string' },
          right: literal('string', 'x'),
        },
        {
          kind: 'compare',
          comparator: '<',
          left: { ...attribute('resource', 'amount'), type: 'number' },
          right: literal('number', 5),
        },
      ],
    });
  });

  it.each([
    ['true', 'true'],
    ['  false\n', 'false'],
    ['resource.isOpen', 'resource.isOpen'],
    ['!resource.isOpen', '!resource.isOpen'],
    ['!(resource.a == 1)', '!(resource.a == 1)'],
    ["resource.a=='x'", 'resource.a == "x"'],
    ['(resource.a == 1)', 'resource.a == 1'],
    ['resource.a == 1 && (resource.b == 2 && resource.c == 3)', 'resource.a == 1 && resource.b == 2 && resource.c == 3'],
    ['resource.a == 1 || resource.b == 2 && resource.c == 3', 'resource.a == 1 || resource.b == 2 && resource.c == 3'],
    ['(resource.a == 1 || resource.b == 2) && resource.c == 3', '(resource.a == 1 || resource.b == 2) && resource.c == 3'],
    ['resource["a"].b == 1', 'resource.a.b == 1'],
    ['resource["in"]["true"] == 1', 'resource["in"]["true"] == 1'],
    ['principal.claims["https://acme.example/unit"] == "x"', 'principal.claims["https://acme.example/unit"] == "x"'],
    ['resource.a in ["x", "y"]', 'resource.a in ["x", "y"]'],
    ['resource.a in [1, -2, 3.5]', 'resource.a in [1, -2, 3.5]'],
    ['resource.a in []', 'resource.a in []'],
    ['"x" in principal.roles', '"x" in principal.roles'],
    ['has(resource.a.b)', 'has(resource.a.b)'],
    ['has(principal.claims["x"])', 'has(principal.claims.x)'],
    ['size(resource.a) > 1', 'size(resource.a) > 1'],
    ['resource.a.size() > 1', 'size(resource.a) > 1'],
    ['resource.a.startsWith("x")', 'resource.a.startsWith("x")'],
    ['"xy".endsWith(resource.a)', '"xy".endsWith(resource.a)'],
    ['resource.a.contains(principal.subject)', 'resource.a.contains(principal.subject)'],
    ['principal.actors.exists(a, a.subject == "x")', 'principal.actors.exists(a, a.subject == "x")'],
    ['resource.tags.exists(t, t == "x")', 'resource.tags.exists(t, t == "x")'],
    ['["a"].exists(t, resource.x.exists(u, u == t))', '["a"].exists(t, resource.x.exists(u, u == t))'],
    ['context.now < timestamp("2026-12-31T23:59:59+01:00")', 'context.now < timestamp("2026-12-31T22:59:59.000Z")'],
    ['context.ip == "10.0.0.1"', 'context.ip == "10.0.0.1"'],
    ['resource.a == 9007199254740991', 'resource.a == 9007199254740991'],
    ['resource.a == 1e300', 'resource.a == 1e+300'],
    ['resource.a == 12345678901234567000.0', 'resource.a == 1.2345678901234567e+19'],
    ['resource.a == -0', 'resource.a == 0'],
    ['resource.a == 5.0', 'resource.a == 5'],
    ['resource.a == "\\u00e9\\x41\\101\\U0001f600\\n"', 'resource.a == "éAA😀\\n"'],
    ['resource.a == "constructor"', 'resource.a == "constructor"'],
    ['resource.a == "// no comment, \'no\' end"', 'resource.a == "// no comment, \'no\' end"'],
  ])('reads %j as %j, and that as itself', (text, normal) => {
    expect(conditionText(parsed(text))).toBe(normal);
    expect(parsed(normal)).toEqual(parsed(text));
  });

  it.each([
    // Lexical faults
    ['', 0, 'is empty.'],
    ['resource.a == null', 14, 'null is not in the language: write has(resource.x)'],
    ['resource.a == 1 // all', 16, 'comments are not in the language.'],
    ['resource.a == r"x"', 14, '"r" before a string is not allowed'],
    ['resource.a == b"x"', 14, '"b" before a string is not allowed'],
    ['resource.a == """x"""', 14, 'strings in triple quotes'],
    ["resource.a == '''x'''", 14, 'strings in triple quotes'],
    ['resource.a == "x\ny"', 16, 'a string must end on its line: write \\n'],
    ['resource.a == "x', 14, 'this string has no end.'],
    ['resource.a == 0x1f', 14, '"0x1f" is not a number of the language'],
    ['resource.a == 5u', 14, '"5u" is not a number of the language'],
    ['resource.a == 9007199254740992', 14, '"9007199254740992" is beyond 9007199254740991'],
    ['resource.a == -9007199254740992', 15, '"9007199254740992" is beyond 9007199254740991'],
    ['resource.a == 1e400', 14, '"1e400" is larger than any number.'],
    ['resource.a == "\\u0000"', 15, 'U+0000 and half a surrogate pair'],
    ['resource.a == "\\x00"', 15, 'U+0000 and half a surrogate pair'],
    ['resource.a == "\\000"', 15, 'U+0000 and half a surrogate pair'],
    ['resource.a == "\\ud800"', 15, 'U+0000 and half a surrogate pair'],
    ['resource.a == "\\U0000dfff"', 15, 'U+0000 and half a surrogate pair'],
    ['resource.a == "\ud800"', 15, 'U+0000 and half a surrogate pair'],
    ['resource.a == "\0"', 15, 'U+0000 and half a surrogate pair'],
    ['resource.a == "\\q"', 15, '"\\\\q" is not an escape of the language'],
    ['resource.a == "\\U00110000"', 15, 'no character has this number.'],
    ['resource.a = 1', 11, '"=" is not in the language: write "==".'],
    ['resource.a == 1 & resource.b == 2', 16, '"&" is not in the language: write "&&".'],
    ['resource.a == 1 and resource.b == 2', 16, 'write "&&" in place of "and".'],
    ['not resource.a', 0, 'write "!" in place of "not".'],
    ['resource.a ? resource.b : resource.c', 11, '"?" is not in the language'],
    ['resource.a + 1 == 2', 11, '"+" is not in the language: it does not calculate.'],
    ['resource.a - 1 == 2', 11, '"-" is not in the language: it does not calculate.'],
    ['resource.a == -resource.b', 14, '"-" is not in the language: it does not calculate.'],
    ['resource.é == 1', 9, '"é" is not in the language.'],
    ['{"a": 1} == resource.a', 0, '"{" is not in the language: it has no objects.'],
    ['(resource.a == 1', 0, 'this "(" is not closed.'],
    ['resource.a == 1)', 15, 'this ")" closes nothing.'],
    ['(resource.a == [1)', 17, 'this ")" closes nothing.'],
    // Syntax
    ['resource.a ==', 13, 'ends too early.'],
    ['resource.a == 1 resource.b', 16, 'is not a condition here: "resource.b".'],
    ['resource.a -1 == 2', 0, 'the language does not calculate'],
    // Names
    [
      'resourc.a == 1',
      0,
      '"resourc" is unknown: an attribute begins with resource, principal, context. Did you mean "resource"?',
    ],
    ['principal.sub == "x"', 10, 'principal has no attribute "sub". It has subject, issuer,'],
    ['principal.Subject == "x"', 10, 'principal has no attribute "Subject". Did you mean "subject"?'],
    ['principal.expiresAt == 1', 10, 'principal has no attribute "expiresAt".'],
    ['principal.actors.exists(a, a.sub == "x")', 29, 'an actor has no attribute "sub".'],
    ['principal == "x"', 0, 'principal is an object: name one of its attributes.'],
    ['principal.claims == "x"', 10, 'principal.claims is an object'],
    ['has(principal.claims)', 14, 'principal.claims is an object'],
    ['has(resource)', 0, 'has() takes one attribute'],
    ['has("x")', 0, 'has() takes one attribute'],
    ['resource[0] == 1', 9, 'brackets take only a string'],
    ['resource[principal.subject] == 1', 9, 'brackets take only a string'],
    ['resource["a" == "b"] == 1', 9, 'brackets take only a string'],
    ['"x".length == 1', 0, 'must be an attribute'],
    ['resource.__proto__ == 1', 9, '"__proto__" is not a name of an attribute.'],
    ['resource["__proto__"] == 1', 9, '"__proto__" is not a name of an attribute.'],
    ['resource["\\u005f_proto__"].x == 1', 9, '"__proto__" is not a name of an attribute.'],
    ['resource.constructor.name == "x"', 9, '"constructor" is not a name of an attribute.'],
    ['principal.claims["prototype"] == "x"', 17, '"prototype" is not a name of an attribute.'],
    ['__proto__ == 1', 0, '"__proto__" is not'],
    ['constructor.x == 1', 0, '"constructor" is not a name of an attribute.'],
    ['resource.a.exists(constructor, constructor == 1)', 18, '"constructor" is not a name of an attribute.'],
    ['resource.a.exists(__proto__, true)', 18, '"__proto__" is not'],
    ['resource.a.exists(resource, resource == 1)', 18, '"resource" already stands for something else'],
    ['resource.a.exists(x, resource.b.exists(x, x == 1))', 39, '"x" already stands for something else'],
    ['resource.a.exists(1, true)', 18, 'the first argument must be a name'],
    ['resource.a.exists(x)', 0, 'exists() takes a name for the element and a condition'],
    // Functions
    ['resource.a.matches("x")', 11, 'the language has no function "matches".'],
    ['matches(resource.a, "x")', 0, 'the language has no function "matches".'],
    ['resource.a.all(x, x == 1)', 11, 'the language has no function "all".'],
    ['resource.a.exists_one(x, x == 1)', 11, 'the language has no function "exists_one".'],
    [
      'resource.a.startWith("x")',
      11,
      'the language has no function "startWith". It has has, size, timestamp, exists, startsWith, endsWith, contains. Did you mean "startsWith"?',
    ],
    ['size(resource.a.filter(x, x == 1)) > 0', 5, 'size() takes an attribute'],
    ['type(resource.a) == "x"', 0, 'a comparison takes attributes, literals and size()'],
    ['int(resource.a) == 1', 0, 'a comparison takes attributes, literals and size()'],
    ['dyn(resource.a)', 0, 'the language has no function "dyn".'],
    ['cel.bind(x, resource.a, x == 1)', 4, 'the language has no function "bind".'],
    ['size(resource.a)', 0, 'size() is a value: compare it'],
    ['size("abc") == 3', 5, 'size() takes an attribute'],
    ['timestamp(resource.a) < context.now', 0, 'timestamp() takes a string'],
    ['context.now < timestamp("2026-02-31T00:00:00Z")', 24, '"2026-02-31T00:00:00Z" is not a time with its zone'],
    ['context.now < timestamp("2026-02-01T24:00:00Z")', 24, '"2026-02-01T24:00:00Z" is not a time with its zone'],
    ['context.now < timestamp("2026-02-01T12:00:00")', 24, '"2026-02-01T12:00:00" is not a time with its zone'],
    ['context.now < timestamp("9999-12-31T23:59:59-01:00")', 24, '"9999-12-31T23:59:59-01:00" is not a time'],
    ['context.now < timestamp("2026-02-01T12:00:00.123456Z")', 24, 'a time is at most exact to the millisecond.'],
    // Shape
    ['1 < resource.a < 3', 0, 'a comparison takes attributes, literals and size(): join comparisons'],
    ['(resource.a == 1) == true', 1, 'a comparison takes attributes, literals and size()'],
    ['!resource.a == true', 0, 'a comparison takes attributes, literals and size()'],
    ['resource.a == [1]', 14, 'lists are not compared'],
    ['principal.roles == resource.a', 10, 'a list cannot be used here'],
    ['principal.subject in [resource.a, resource.b]', 22, 'a list holds only literals: write a == x || a == y'],
    ['resource.a in [1, "x"]', 18, 'a list holds literals of one type, and this is a string after a number.'],
    ['resource.a in "x"', 14, 'must be a list'],
    ['"x"', 0, 'must be true or false, and this is a string'],
    ['1', 0, 'must be true or false, and this is a number'],
    ['resource.a && 1', 14, 'must be true or false, and this is a number'],
    ['principal.subject', 10, 'must be true or false, and this is a string'],
    // Types
    ['principal.subject == 5', 0, 'a string and a number cannot be compared.'],
    ['principal.subject < true', 0, 'a string and a boolean cannot be compared.'],
    [
      'context.now < "2026-12-31T23:59:59Z"',
      0,
      'a timestamp and a string cannot be compared. Write a time as timestamp("2026-12-31T23:59:59Z").',
    ],
    ['resource.a < true', 0, 'true and false have no order'],
    ['5 in principal.roles', 0, 'the list has strings, and this is a number'],
    ['"x" in principal.subject', 17, 'this must be a list, and it is a string.'],
    ['"x" in principal.actors', 7, 'an actor is an object'],
    ['resource.a.startsWith(1)', 22, 'startsWith() is for strings, and this is a number.'],
    ['context.now.startsWith("x")', 0, 'startsWith() is for strings, and this is a timestamp.'],
    ['context.now.year == 1', 12, 'a timestamp has no attributes'],
    ['principal.roles.length == 1', 16, 'a list of strings has no attributes'],
    ['principal.roles.exists(r, r == 1)', 26, 'a string and a number cannot be compared.'],
    ['principal.subject.exists(r, r == "x")', 10, 'this must be a list, and it is a string.'],
    ['size(context.now) == 1', 13, 'size() takes a string or a list, and this is a timestamp.'],
  ])('refuses %j at character %i: %s', (text, at, message) => {
    const fault = faultOf(text);
    expect(fault).toEqual({ at, message: expect.stringContaining(message) as string });
  });

  it.each([
    ['resource.ownerid == "x"', 9, '"orders" has no attribute "ownerid". Did you mean "ownerId"?'],
    ['resource.owner.name == "x"', 15, '"orders.owner" has no attribute "name".'],
    ['resource.owner == "x"', 9, '"orders.owner" is an object: name one of its attributes.'],
    ['has(resource.owner)', 13, '"orders.owner" is an object'],
    ['resource.ownerId.x == "x"', 17, 'a string has no attributes'],
    ['resource.amount == "x"', 0, 'a number and a string cannot be compared.'],
    ['resource.amount', 9, 'must be true or false, and this is a number'],
    ['resource.isOpen > false', 0, 'true and false have no order'],
    ['resource.tags == "x"', 9, 'a list cannot be used here'],
    ['resource.tags.exists(t, t == 1)', 24, 'a string and a number cannot be compared.'],
    ['resource.dueAt < "2026-01-01"', 0, 'a timestamp and a string cannot be compared.'],
    ['resource.amount in ["x"]', 0, 'the list has strings, and this is a number'],
    ['size(resource.amount) > 1', 14, 'size() takes a string or a list, and this is a number.'],
  ])('refuses %j for a resource with declared attributes', (text, at, message) => {
    expect(faultOf(text, TYPED)).toEqual({ at, message: expect.stringContaining(message) as string });
  });

  it('checks a condition against each of several resources', () => {
    const both = (second: AttributeTypes): ResourceTypes => new Map([...TYPED, ['invoices', second]]);
    expect(parsed('resource.ownerId == "x"', both(new Map([['ownerId', 'string']])))).toEqual(
      parsed('resource.ownerId == "x"', TYPED),
    );
    expect(faultOf('resource.ownerId == "x"', both(new Map([['owner', 'string']]))).message).toMatch(
      /^"invoices" has no attribute "ownerId"\. Did you mean "owner"\?$/,
    );
    expect(faultOf('has(resource.ownerId)', both(new Map([['ownerId', 'number']]))).message).toMatch(
      /^its attributes have other types in "orders" than in "invoices"/,
    );
  });

  it('counts a chain of one operator as one level, and each parenthesis, bracket and ! as one', () => {
    const many = (operator: string) => Array.from({ length: 300 }, () => 'context.x').join(` ${operator} `);
    expect(parsed(many('||'))).toMatchObject({ kind: 'or', parts: { length: 300 } });
    expect(parsed(many('&&'))).toMatchObject({ kind: 'and', parts: { length: 300 } });
    expect(parsed(`${'('.repeat(20)}true${')'.repeat(20)}`)).toEqual({ kind: 'constant', value: true });
    expect(parsed(`${'!'.repeat(20)}true || ${'!'.repeat(20)}true`)).toMatchObject({ kind: 'or' });
    expect(parsed(`resource${'.a'.repeat(500)} == 1`)).toMatchObject({ kind: 'compare' });
    expect(faultOf(`${'('.repeat(21)}true${')'.repeat(21)}`)).toEqual({ at: 20, message: 'is nested more than 20 deep here.' });
    expect(faultOf(`${'!('.repeat(11)}true${')'.repeat(11)}`)).toEqual({ at: 20, message: 'is nested more than 20 deep here.' });
    expect(faultOf(`resource.a == ${'['.repeat(21)}1`)).toEqual({ at: 34, message: 'is nested more than 20 deep here.' });
  });

  it('counts the bytes of a condition in UTF-8', () => {
    const ofBytes = (filling: string) => `resource.a == "${filling}"`;
    expect(parsed(ofBytes('x'.repeat(4080)))).toBeDefined();
    expect(faultOf(ofBytes('x'.repeat(4081))).message).toMatch(/^a condition has 4096 bytes at most\./);
    expect(faultOf(ofBytes('é'.repeat(2041))).message).toMatch(/^a condition has 4096 bytes at most\./);
  });

  it.each([
    ['a megabyte', 'x'.repeat(1024 * 1024)],
    ['500 000 parentheses', '('.repeat(500_000)],
    ['parentheses', '('.repeat(4096)],
    ['negations', '!'.repeat(4096)],
    ['signs', '-'.repeat(4096)],
    ['signs of numbers', `resource.a == ${'-'.repeat(4000)}1`],
    ['ternaries', 'a?'.repeat(2048)],
    ['brackets', 'a['.repeat(2048)],
    ['arguments', 'a('.repeat(2048)],
    ['objects', '{'.repeat(4096)],
    ['a chain of comparisons', `1${' == 1'.repeat(800)}`],
    ['a chain of memberships', `a${' in a'.repeat(800)}`],
    ['a chain of calls', `resource${'.size()'.repeat(580)}`],
    ['quotes', '"'.repeat(4096)],
    ['backslashes', `"${'\\'.repeat(4000)}`],
    ['spaces', ' '.repeat(4096)],
    ['open strings', '\'"'.repeat(2048)],
  ])('refuses %s with a message', (_, text) => {
    expect(faultOf(text).message).toMatch(/./);
  });
});
