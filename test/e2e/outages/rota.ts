import type { MappingDocument } from '../../../lib/index.js';

/** Who is on duty: each revision of the mapping has another person than the ones before and after. */
export const SHIFTS = ['early', 'late', 'night'] as const;

export const PUBLISHER = 'https://authority.acme.test';

/** What is in force: a revision by its number, or no mapping. */
export type InForce = number | 'none';

export function shiftOf(revision: number): (typeof SHIFTS)[number] {
  return SHIFTS[revision % SHIFTS.length]!;
}

/**
 * A mapping. `nurse` gets the shift from two members that fit each other within one revision only, so half of one and half of another would give it
 * none.
 */
export function rota(revision: number, sequence?: number): MappingDocument {
  const shift = shiftOf(revision);
  return {
    revision: `r${revision}`,
    issuer: PUBLISHER,
    audience: 'ward',
    ...(sequence !== undefined && { sequence }),
    roles: {
      keeper: [`shift:${shift}`],
      nurse: { inherits: [`rota-${shift}`] },
      ...Object.fromEntries(SHIFTS.map((name) => [`rota-${name}`, name === shift ? [`shift:${name}`] : []])),
      reader: ['orders:*'],
      auditor: { inherits: ['reader'], deny: ['orders:delete'] },
      roster: ['shift:*'], // so that each route is granted to some role, and nothing is logged about it
    },
  };
}

/** What the roles of {@link rota} give, written down again without the library. */
export function held(role: string, revision: number): readonly string[] {
  switch (role) {
    case 'keeper':
    case 'nurse':
      return [`shift:${shiftOf(revision)}`];
    case 'reader':
      return ['orders:read', 'orders:delete'];
    case 'auditor':
      return ['orders:read'];
    default:
      return [];
  }
}
