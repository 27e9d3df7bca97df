import type { RequirementDecorator } from '../requirements/requirement-metadata.js';
import { clauseDecorator } from './clause-decorator.js';

/** Requires all of the OAuth scopes (RFC 6749 section 3.3). A refusal names the scopes in its challenge. */
export const RequireScopes = (...scopes: [string, ...string[]]): RequirementDecorator =>
  clauseDecorator('RequireScopes', 'scopes', 'all', scopes);
