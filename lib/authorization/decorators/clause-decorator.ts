import { AuthzConfigError, permissionSegments, shown, type NamesClause } from '../../core/index.js';
import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/** Valid names by kind, and their description in messages. */
const NAMES: Record<NamesClause['among'], { readonly valid: (name: unknown) => boolean; readonly expected: string }> = {
  permissions: {
    valid: (name) => permissionSegments(name) !== undefined,
    expected: 'permissions such as "orders:read", without wildcards (those belong in the mapping)',
  },
  roles: {
    valid: (name) => typeof name === 'string' && name.trim() !== '',
    expected: 'names of roles such as "clerk"',
  },
  scopes: {
    // scope-token, RFC 6749 section 3.3: the challenge contains it unchanged.
    valid: (name) => typeof name === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name),
    expected: 'OAuth scopes such as "orders.read", without spaces and quotes',
  },
};

/** Creates a decorator that adds a clause. It throws when the class is loaded if it has no names, or an invalid one. */
export function clauseDecorator(
  decorator: string,
  among: NamesClause['among'],
  need: NamesClause['need'],
  names: readonly string[],
  more: Pick<NamesClause, 'isFiltered'> = {},
): RequirementDecorator {
  const written = `@${decorator}(${names.map(shown).join(', ')})`;
  return requirementDecorator(
    { written, access: 'authenticated', clause: { among, need, names: [...new Set(names)], ...more } },
    (place) => {
      if (names.length > 0 && names.every(NAMES[among].valid)) return;
      throw new AuthzConfigError('AUTHZ_DECORATOR', `${place}: ${written} must name one or more ${NAMES[among].expected}.`);
    },
  );
}
