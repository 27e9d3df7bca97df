import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/**
 * Admits messages without a caller: events, jobs from a queue. Tokens are not read. For handlers of microservices only; elsewhere the application
 * does not start. A warning at start lists all such handlers.
 */
export const ServiceTask = (): RequirementDecorator => requirementDecorator({ written: '@ServiceTask()', access: 'task' });
