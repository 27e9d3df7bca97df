import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/**
 * Lets a message in that comes on nobody's behalf: a consumer of events, a job from a queue. A token is not even read. For handlers of
 * microservices only; elsewhere it stops the start. The start lists every one of them.
 */
export const ServiceTask = (): RequirementDecorator => requirementDecorator({ written: '@ServiceTask()', access: 'task' });
