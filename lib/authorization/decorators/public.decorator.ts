import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/**
 * Admits every request; tokens are not read. On a handler it overrides the class. On a class it applies to handlers without a decorator.
 */
export const Public = (): RequirementDecorator => requirementDecorator({ written: '@Public()', access: 'public' });
