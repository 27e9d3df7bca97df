import type { ScalarType } from '../../../lib/core/index.js';
import type { ColumnsOption } from '../../../lib/filters/columns/index.js';
import { Random } from './random.js';

/** A row as the databases hold it. `null`: no value. */
export interface Order {
  readonly id: number;
  readonly owner_id: string | null;
  readonly name: string | null;
  readonly label: string | null;
  readonly uid: string | null;
  readonly amount: number | null;
  readonly price: string | null;
  readonly number: bigint | null;
  readonly active: boolean | null;
  /** Microseconds since 1970, or infinite. */
  readonly created_at: number | null;
  readonly due_at: number | null;
}

export const COLUMNS = {
  'owner.id': { column: 'owner_id', type: 'string' },
  name: { column: ['o', 'name'], type: 'string' },
  label: { column: ['o', 'label'], type: 'string' },
  uid: { column: 'uid', type: 'uuid' },
  amount: { column: 'amount', type: 'number' },
  price: { column: 'price', type: 'decimal' },
  number: { column: 'number', type: 'integer' },
  active: { column: 'active', type: 'boolean' },
  createdAt: { column: 'created_at', type: 'timestamp' },
  dueAt: { column: 'due_at', type: 'milliseconds' },
} as const satisfies ColumnsOption;

/** The attributes of an order, as `resources` of a mapping declares them. */
export const ATTRIBUTES: Readonly<Record<keyof typeof COLUMNS, ScalarType>> = {
  'owner.id': 'string',
  name: 'string',
  label: 'string',
  uid: 'string',
  amount: 'number',
  price: 'number',
  number: 'number',
  active: 'boolean',
  createdAt: 'timestamp',
  dueAt: 'timestamp',
};

export const UUIDS = [
  '4fa85f64-5717-4562-b3fc-2c963f66afa6',
  '4FA85F64-5717-4562-B3FC-2C963F66AFA6',
  '00000000-0000-0000-0000-000000000000',
];
export const STRINGS = [
  ...[
    '',
    ' ',
    'a',
    'A',
    'a ',
    ' a',
    'ab',
    'aB',
    'AB',
    'a%',
    '%',
    '%%',
    '_',
    'a_',
    'a_b',
    '\\',
    '\\%',
    'a\\b',
    "'",
    "''",
    '"',
    '`',
    '?',
    '$1',
    ':a',
    '*',
    '[a]',
  ],
  ...[
    'ä',
    'Ä',
    'a\u0308',
    'é',
    'e\u0301',
    'ß',
    'ss',
    'ſ',
    's',
    'K',
    '\u212a',
    'i',
    'İ',
    'ı',
    '😀',
    '😀a',
    'a😀',
    '～',
    '\ue000',
    '\uffff',
    '\u{10ffff}',
    '\u00ad',
    '\u200d',
  ],
  ...['5', '5.0', '05', '1e3', 'true', 'null', 'NaN', 'x\ny', 'x\ty', 'aaaa', 'baab', 'now'],
];
export const NUMBERS = [
  0,
  -0,
  1,
  -1,
  5,
  5.5,
  0.1,
  0.30000000000000004,
  0.3,
  999.99,
  1000,
  1e15,
  2 ** 53 - 1,
  -(2 ** 53) + 1,
  1e21,
  -1e300,
  5e-7,
  Infinity,
  -Infinity,
];
/** In milliseconds since 1970. */
export const TIMES = [
  0, -1, 1, 1_700_000_000_000, 1_700_000_000_123, 1_700_000_000_124, 253_370_764_800_000, -62_000_000_000_000,
].map(Math.trunc);

/** Returns an order with values that databases, drivers and JavaScript often treat differently. */
export function randomOrder(random: Random, id: number): Order {
  const orNull = <Value>(make: () => Value): Value | null => (random.chance(0.15) ? null : make());
  const string = () => random.pick(STRINGS);
  return {
    id,
    owner_id: orNull(string),
    name: orNull(string),
    label: orNull(string),
    uid: orNull(() => random.pick(UUIDS).toLowerCase()),
    amount: orNull(() => random.pick([...NUMBERS, NaN, NaN])),
    price: orNull(() => random.pick(['0', '0.1', '0.3', '5', '5.5', '-1', '999.99', '1000', '1000.0001', '12345678901.2345'])),
    number: orNull(() =>
      random.pick([
        0n,
        1n,
        5n,
        -1n,
        1000n,
        2n ** 53n - 1n,
        2n ** 53n,
        2n ** 53n + 1n,
        -(2n ** 53n),
        2n ** 63n - 1n,
        -(2n ** 63n),
      ]),
    ),
    active: orNull(() => random.chance(0.5)),
    created_at: orNull(() => random.pick([...TIMES.flatMap((time) => [time * 1000, time * 1000 + 456]), Infinity, -Infinity])),
    due_at: orNull(() => random.pick(TIMES)),
  };
}

/** Returns the order as a service would load it. Missing attributes are absent, null or undefined. */
export function resourceOf(order: Order): Readonly<Record<string, unknown>> {
  const random = new Random(order.id);
  const date = (milliseconds: number | null) => (milliseconds === null ? null : new Date(milliseconds));
  const all = {
    owner: random.chance(0.1) && order.owner_id === null ? null : present({ id: order.owner_id }, random),
    name: order.name,
    label: order.label,
    uid: order.uid,
    amount: order.amount,
    price: order.price === null ? null : Number(order.price),
    number: order.number,
    active: order.active,
    createdAt: date(order.created_at === null ? null : Math.floor(order.created_at / 1000)),
    dueAt: date(order.due_at),
  };
  return present(all, random);
}

function present(members: Readonly<Record<string, unknown>>, random: Random): Readonly<Record<string, unknown>> {
  const kept = Object.entries(members).filter(([, value]) => value !== null || random.chance(0.5));
  return Object.fromEntries(kept.map(([name, value]) => [name, value === null && random.chance(0.5) ? undefined : value]));
}

/** Whether UTF-16 and code points may order the string differently. */
export function isOrderedByUnits(text: string | null): boolean {
  return text === null || !/[\p{Cs}\ue000-\u{10ffff}]/u.test(text);
}
