import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/**
 * Admits requests without a token; they have no principal. A token that is sent must be valid: otherwise the response is 401.
 * As with `@Public()`, on a handler it overrides the class; on a class it applies to handlers without a decorator.
 */
export const OptionalAuth = (): RequirementDecorator => requirementDecorator({ written: '@OptionalAuth()', access: 'optional' });
