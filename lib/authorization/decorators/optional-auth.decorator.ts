import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/**
 * Lets a request without a token in, with no principal. A token that is there must be good: a bad one is answered 401.
 * Like `@Public()`, it opens a handler whatever the class asks for, and on a class the handlers that ask for nothing themselves.
 */
export const OptionalAuth = (): RequirementDecorator => requirementDecorator({ written: '@OptionalAuth()', access: 'optional' });
