import type { MappingDocument } from '../../../lib/index.js';

/** Who is on duty in turn: each revision of the mapping has another one than the one before and the one after. */
export const SHIFTS = ['early', 'late', 'night'] as const;

export const PUBLISHER = 'https://authority.acme.test';

/** What is in force: a revision by its number, or no mapping at all. */
export type InForce = number | 'none';

export function shiftOf(revision: number): (typeof SHIFTS)[number] {
  return SHIFTS[revision % SHIFTS.length]!;
}

/**
 * A mapping. `nurse` holds the shift by two members that only fit each other within one revision, so half of one and half of another
 * would give it none.
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
      roster: ['shift:*'], // so that somebody is granted what each route asks for, and the log does not wonder
    },
  };
}

/** What the roles of {@link rota} give, written down once more and without the library. */
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
