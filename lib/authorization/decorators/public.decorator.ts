import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/**
 * Lets anyone in; a token is not even read. On a handler it opens that handler, whatever the class asks for. On a class it opens the
 * handlers that ask for nothing themselves.
 */
export const Public = (): RequirementDecorator => requirementDecorator({ written: '@Public()', access: 'public' });
