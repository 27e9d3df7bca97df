import type { Logger } from '@nestjs/common';
import { AuthzConfigError, messageOf } from '../../core/index.js';
import type { MappingEvent } from '../../mapping/index.js';
import { RepeatedWarnings } from './repeated-warnings.js';

/** Of which mapping something is told, as the log names it. */
type Subject = 'mapping' | 'candidate mapping';

/** Writes down what happens to a mapping; the same fault once. Nothing that happens to a candidate is worse than a warning. */
export function mappingLog(logger: Logger, subject: Subject): (event: MappingEvent) => void {
  const isCandidate = subject === 'candidate mapping';
  const alarm = (line: string) => (isCandidate ? logger.warn(line) : logger.error(line));
  // A source tells what is wrong each time it finds it.
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
        logger.log(`${event.source} is heard again; the ${subject} is revision ${event.revision ?? 'none'}`);
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
  return isCandidate ? 'nothing is compared with it' : 'what needs permissions is answered 503';
}

function stateOf(subject: Subject, revision: string | undefined): string {
  return revision === undefined ? `There is no ${subject} yet` : `The ${subject} stays at revision ${revision}`;
}

/** Our own errors name their source; those of the network do not. */
function causeOf(error: unknown, source: string): string {
  const message = messageOf(error);
  return error instanceof AuthzConfigError ? message : `${source}: ${message}`;
}
