import { shown } from '../../core/index.js';
import { AuthzLogger } from '../authz-logger.js';
import { RefusalCounts, type RefusalStatistics } from './refusal-counts.js';
import type { RefusalFacts } from './refusal-facts.interface.js';
import { refusalWords } from './refusal-words.js';
import type { RefusedCall } from './refused-call.interface.js';
import { RepeatedWarnings } from '../logs/repeated-warnings.js';

/**
 * Counts every refusal and logs its reason: at `warn` once in ten minutes for each handler and reason, at `debug` each time. Lines contain no
 * token, signature or secret; the subject is logged at `debug` only.
 */
export class RefusalLog {
  private readonly logger = new AuthzLogger('Authz');
  private readonly counts = new RefusalCounts();
  private readonly warnings: RepeatedWarnings;

  /** @param isOn The option `logRefusals`. Refusals are always counted. */
  constructor(
    private readonly isOn: boolean,
    private readonly facts: RefusalFacts,
    now?: () => number,
  ) {
    this.warnings = new RepeatedWarnings((line) => this.logger.warn(line), now);
  }

  /** Counts and logs a refusal. Never throws. */
  note(refused: RefusedCall): void {
    this.counts.add(refused.reason);
    if (!this.isOn) return;
    this.warnings.warn(() => this.lineOf(refused), `${refused.name} ${refused.reason}`);
    if (AuthzLogger.isLevelEnabled('debug')) this.debug(refused);
  }

  statistics(): RefusalStatistics {
    return this.counts.statistics();
  }

  private debug(refused: RefusedCall): void {
    try {
      this.logger.debug(this.lineOf(refused) + whoOf(refused));
    } catch {
      // The application's own logger failed: that must not fail the request.
    }
  }

  private lineOf(refused: RefusedCall): string {
    const { came, expected, remedy } = refusalWords(refused, this.facts);
    const hidden = refused.answeredAs === undefined ? '' : 'The client got 404 (notFoundIfDenied).';
    const parts = [came && `Received: ${came}.`, expected && `Expected: ${expected}.`, remedy, hidden].filter(
      (part) => part !== '',
    );
    return [`Refused ${refused.name}: ${refused.reason}.`, ...parts].join(' ');
  }
}

/** Describes the refused caller, so that an operator can find the user or the rule. */
function whoOf({ principal, resolution }: RefusedCall): string {
  if (principal === undefined) return '';
  const { subject, issuer, actors } = principal;
  const through = actors.length === 0 ? '' : ` through ${actors.map((actor) => shown(actor.subject)).join(', for which ')}`;
  const revision =
    resolution && 'permissions' in resolution ? `, mapping revision ${shown(resolution.permissions.revision)}` : '';
  return ` Subject ${shown(subject)}${through} of ${shown(issuer)}${revision}.`;
}
