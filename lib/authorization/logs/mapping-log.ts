import type { Logger } from '@nestjs/common';
import { AuthzConfigError, messageOf } from '../../core/index.js';
import type { MappingEvent } from '../../mapping/index.js';
import { RepeatedWarnings } from './repeated-warnings.js';

/** Name of the mapping in the log. */
type Subject = 'mapping' | 'candidate mapping';

/** Logs the events of a mapping, a repeated fault once. A candidate mapping causes no log level above warning. */
export function mappingLog(logger: Logger, subject: Subject): (event: MappingEvent) => void {
  const isCandidate = subject === 'candidate mapping';
  const alarm = (line: string) => (isCandidate ? logger.warn(line) : logger.error(line));
  // A source reports a problem each time it meets it.
  const problems = new RepeatedWarnings((line) => logger.warn(line));
  return (event) => {
    switch (event.kind) {
      case 'changed':
        logger.log(
          `The ${subject} from ${event.source}${event.origin ? ` (${event.origin})` : ''} is now revision ${event.revision}`,
        );
        break;
      case 'refused':
        if (event.repeated) logger.debug(`${stateOf(subject, event.revision)}, for the same reason as before`);
        else alarm(`${stateOf(subject, event.revision)}. ${causeOf(event.error, event.source)}`);
        break;
      case 'recovered':
        logger.log(`${event.source} is reachable again; the ${subject} is revision ${event.revision ?? 'none'}`);
        break;
      case 'stale':
        alarm(
          `The ${subject} from ${event.source}, revision ${event.revision}, was not confirmed for longer than maxStalenessSeconds: ` +
            consequence(event.denies, isCandidate),
        );
        break;
      case 'problem':
        problems.warn(event.message);
    }
  };
}

function consequence(denies: boolean, isCandidate: boolean): string {
  if (!denies) return 'it stays in use';
  return isCandidate ? 'no decision is compared with it' : 'requests that need permissions get 503';
}

function stateOf(subject: Subject, revision: string | undefined): string {
  return revision === undefined ? `There is no ${subject} yet` : `The ${subject} stays at revision ${revision}`;
}

/** Our own errors name their source; those of the network do not. */
function causeOf(error: unknown, source: string): string {
  const message = messageOf(error);
  return error instanceof AuthzConfigError ? message : `${source}: ${message}`;
}
