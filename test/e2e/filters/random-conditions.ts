import type {
  Attribute,
  AttributeType,
  Comparator,
  Condition,
  ConditionFacts,
  Literal,
  LiteralList,
  Operand,
  ScalarType,
} from '../../../lib/core/index.js';
import { principalFromClaims } from '../../../lib/core/index.js';
import { ATTRIBUTES, NUMBERS, STRINGS, TIMES, UUIDS } from './orders.js';
import type { Random } from './random.js';

const COMPARATORS: readonly Comparator[] = ['==', '!=', '<', '<=', '>', '>='];
const NAMES = Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[];
const SCALARS: readonly ScalarType[] = ['string', 'number', 'boolean', 'timestamp'];

/** Conditions over orders: of all kinds, with attributes that are declared and such that are not. */
export class RandomConditions {
  constructor(
    private readonly random: Random,
    /** Whether operands may be of different types. */
    private readonly isMixed = true,
    private readonly strings = STRINGS,
  ) {}

  condition(depth = 3, variable?: string): Condition {
    const { random } = this;
    if (depth === 0 || random.chance(0.3)) return this.leaf(variable);
    const parts = () => random.list(2 + random.below(2), () => this.condition(depth - 1, variable));
    switch (random.below(5)) {
      case 0:
        return { kind: 'not', part: this.condition(depth - 1, variable) };
      case 1:
      case 2:
        return { kind: 'and', parts: parts() };
      case 3:
        return { kind: 'or', parts: parts() };
      default:
        return { kind: 'exists', list: this.list('string'), variable: 'x', body: this.condition(depth - 1, 'x') };
    }
  }

  private leaf(variable?: string): Condition {
    const { random } = this;
    const type = this.attributeType();
    switch (random.below(12)) {
      case 0:
      case 1:
        return { kind: 'has', attribute: this.resource() };
      case 2:
        return { kind: 'boolean', attribute: this.resource(this.isMixed && random.chance(0.1) ? undefined : 'boolean') };
      case 3:
      case 4:
        return {
          kind: 'string',
          test: random.pick(['startsWith', 'endsWith', 'contains']),
          text: this.text(variable),
          part: this.text(variable),
        };
      case 5:
      case 6:
        return { kind: 'in', item: this.operand(type, variable), list: this.list(type) };
      default:
        return this.comparison(type, variable);
    }
  }

  private comparison(type: ScalarType, variable?: string): Condition {
    const { random } = this;
    const comparator = random.pick(type === 'boolean' ? COMPARATORS.slice(0, 2) : COMPARATORS);
    const resource = this.resource(type);
    const otherType = this.other(type);
    // A column of timestamps is not compared with one of numbers.
    const other =
      type === 'timestamp' && otherType === type
        ? random.pick([resource, this.claim(type), this.literal(type)])
        : this.operand(otherType, variable);
    const sized: Operand = type === 'number' && random.chance(0.3) ? { kind: 'size', of: this.resource('string') } : resource;
    return random.chance(0.5)
      ? { kind: 'compare', comparator, left: sized, right: other }
      : { kind: 'compare', comparator, left: other, right: sized };
  }

  private other(type: ScalarType): ScalarType {
    return this.isMixed && this.random.chance(0.1) ? this.random.pick(SCALARS) : type;
  }

  private attributeType(): ScalarType {
    return ATTRIBUTES[this.random.pick(NAMES)];
  }

  private text(variable?: string): Operand {
    return this.operand(this.isMixed && this.random.chance(0.1) ? 'number' : 'string', variable);
  }

  private operand(type: ScalarType, variable?: string): Operand {
    const { random } = this;
    switch (random.below(6)) {
      case 0:
      case 1:
        return this.resource(type);
      case 2:
        return this.claim(type);
      case 3:
        if (variable !== undefined && type === 'string') return attribute('variable', [], undefined, variable);
        return this.claim(type);
      default:
        return this.literal(type);
    }
  }

  private resource(type?: ScalarType): Attribute {
    const { random } = this;
    const fitting = NAMES.filter((name) => type === undefined || ATTRIBUTES[name] === type);
    const name = random.pick(fitting);
    return attribute('resource', name.split('.'), random.chance(0.5) ? ATTRIBUTES[name] : undefined);
  }

  private claim(type: ScalarType): Attribute {
    const { random } = this;
    if (type === 'timestamp') return attribute('context', [random.pick(['now', 'now', 'missing'])], undefined);
    if (random.chance(0.1)) return attribute('principal', ['claims', 'missing'], undefined);
    if (type === 'string' && random.chance(0.2)) return attribute('principal', [random.pick(['subject', 'tenant'])], undefined);
    return attribute('principal', ['claims', type], undefined);
  }

  private list(type: ScalarType): Attribute | LiteralList {
    const { random } = this;
    const given = random.chance(this.isMixed ? 0.6 : 0.3) || type === 'timestamp';
    if (given) return { kind: 'list', items: random.list(random.below(4), () => this.literal(type)) };
    return attribute(
      'principal',
      ['claims', random.pick([`${type}s`, `${type}s`, 'none', 'missing', ...(this.isMixed ? ['mixed'] : [])])],
      undefined,
    );
  }

  private literal(type: ScalarType): Literal {
    const { random } = this;
    switch (type) {
      case 'string':
        return { kind: 'literal', type, value: random.pick(random.chance(0.1) ? UUIDS : this.strings) };
      case 'number':
        return { kind: 'literal', type, value: random.pick(NUMBERS.filter(Number.isFinite)) };
      case 'boolean':
        return { kind: 'literal', type, value: random.chance(0.5) };
      case 'timestamp':
        return { kind: 'literal', type, value: random.pick(TIMES) };
    }
  }

  /** Returns the caller of one decision. */
  facts(): Omit<ConditionFacts, 'resource'> {
    const { random } = this;
    const string = () => random.pick(random.chance(0.1) ? UUIDS : this.strings);
    const number = () => random.pick(NUMBERS);
    const strings = random.list(random.below(4), string);
    const claims = {
      sub: string(),
      string: string(),
      number: number(),
      boolean: random.chance(0.5),
      strings,
      numbers: random.list(random.below(4), number),
      booleans: random.list(random.below(3), () => random.chance(0.5)),
      mixed: [
        ...strings,
        ...random.list(random.below(3), () => random.pick<unknown>([null, 5, true, 'a\0', '\ud800', {}, ['a']])),
      ],
      none: [],
    };
    const principal = principalFromClaims(
      { iss: 'https://login.example', exp: 2_000_000_000, ...claims },
      { subject: claims.sub, roles: [], maxRoles: 10, tenant: ['string'], tokenPermissions: undefined },
    );
    return {
      principal: { ...principal, subject: claims.sub, tenant: random.chance(0.3) ? undefined : string() },
      context: {},
      now: random.pick(TIMES),
    };
  }
}

function attribute(root: Attribute['root'], path: readonly string[], type: AttributeType | undefined, variable = ''): Attribute {
  return { kind: 'attribute', root, variable, path, type };
}
