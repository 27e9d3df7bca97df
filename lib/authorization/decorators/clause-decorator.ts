import { AuthzConfigError, permissionSegments, shown, type NamesClause } from '../../core/index.js';
import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/** What a name must look like in a decorator, and how a message says so. */
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
    // scope-token, RFC 6749 section 3.3: it goes into the challenge as it is.
    valid: (name) => typeof name === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name),
    expected: 'OAuth scopes such as "orders.read", without blanks and quotes',
  },
};

/** A decorator that adds a clause. Without names, or with a name that nothing could ever meet, it throws when the class is loaded. */
export function clauseDecorator(
  decorator: string,
  among: NamesClause['among'],
  need: NamesClause['need'],
  names: readonly string[],
): RequirementDecorator {
  const written = `@${decorator}(${names.map(shown).join(', ')})`;
  return requirementDecorator(
    { written, access: 'authenticated', clause: { among, need, names: [...new Set(names)] } },
    (place) => {
      if (names.length > 0 && names.every(NAMES[among].valid)) return;
      throw new AuthzConfigError('AUTHZ_DECORATOR', `${place}: ${written} must name one or more ${NAMES[among].expected}.`);
    },
  );
}
