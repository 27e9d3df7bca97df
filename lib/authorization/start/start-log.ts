import type { AuthenticationSettings } from '../../authentication/index.js';
import type { MappingStore } from '../../mapping/index.js';
import type { Revocations } from '../../revocation/index.js';
import { AuthzLogger } from '../authz-logger.js';
import { RetirementWarnings } from '../logs/retirement-warnings.js';
import type { FoundHandlers } from '../requirements/find-handlers.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import type { ReportMode } from '../trial/report-mode.js';
import { ofMapping, startReport } from './start-report.js';

const logger = new AuthzLogger('Authz');

/** Logs the start report, and daily warnings before an old issuer is retired. */
export class StartLog {
  private readonly retirement: RetirementWarnings;

  constructor(
    private readonly settings: AuthenticationSettings,
    private readonly mapping: MappingStore | undefined,
    private readonly revocations: Revocations,
    private readonly reportMode: ReportMode,
  ) {
    this.retirement = new RetirementWarnings(settings.issuers, (warning) => logger.warn(warning));
  }

  /**
   * Starts the counters of report mode and writes the report. Warnings that need the mapping are written once it is loaded.
   * @throws AuthzConfigError if `reportAlso` is set and nothing is in report mode.
   */
  begin(found: FoundHandlers): void {
    this.reportMode.start(found.rules);
    const { origin } = this.revocations;
    const { summary, warnings } = startReport(found, this.settings, this.mapping, origin, this.reportMode.settings.reportAlso);
    logger.log(summary);
    for (const warning of warnings) logger.warn(warning);
    if (this.mapping?.current === undefined) this.warnOnceLoaded(found.rules);
    this.retirement.start();
  }

  stop(): void {
    this.retirement.stop();
  }

  private warnOnceLoaded(handlers: readonly HandlerRule[]): void {
    const { mapping } = this;
    const unsubscribe = mapping?.subscribe(() => {
      if (mapping.current === undefined) return;
      unsubscribe?.();
      for (const warning of ofMapping(handlers, mapping.current)) logger.warn(warning);
    });
  }
}
