import type { RequirementDecorator } from '../requirements/requirement-metadata.js';
import { clauseDecorator } from './clause-decorator.js';

/** Requires at least one of the OAuth scopes (RFC 6749 section 3.3). A refusal names the scopes in its challenge. */
export const RequireAnyScope = (...scopes: [string, ...string[]]): RequirementDecorator =>
  clauseDecorator('RequireAnyScope', 'scopes', 'any', scopes);
