import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/** Requires a valid access token and nothing more. */
export const Authenticated = (): RequirementDecorator =>
  requirementDecorator({ written: '@Authenticated()', access: 'authenticated' });
