import type { Authenticator, IssuerStatistics } from '../authentication/index.js';
import type { MappingEvent, MappingStatus, MappingStore } from '../mapping/index.js';
import type { Revocations, RevocationStatus } from '../revocation/index.js';
import type { CandidateMapping, CandidateStatistics } from './trial/candidate-mapping.js';
import type { RefusalLog } from './refusals/refusal-log.js';
import type { RefusalStatistics } from './refusals/refusal-counts.js';
import type { ReportMode, ReportStatistics } from './trial/report-mode.js';

/** State and counters of a running service. */
export interface AuthzDiagnostics {
  /** One entry for each issuer. Counted since the start of the process. */
  readonly issuers: readonly IssuerStatistics[];
  /**
   * The mapping in use; `undefined` with the application's own mapping provider. `ready` belongs in a readiness check. `fresh` is for a dashboard
   * and never for a liveness check: a restart repairs no authority that is down, it only loses the mapping in memory.
   */
  readonly mapping: MappingStatus | undefined;
  /** The candidate mapping; `undefined` if there is none. */
  readonly candidate: CandidateStatistics | undefined;
  /** The revocations in force. `ready` belongs in a readiness check, `fresh` in no liveness check: no restart repairs a feed that is down. */
  readonly revocation: RevocationStatus;
  /** Refusals on every transport, counted also with `logRefusals: false`. */
  readonly refusals: RefusalStatistics;
  /** Calls that report mode let through. */
  readonly report: ReportStatistics;
}

/** Collects state and counters from the parts of the service. */
export class Diagnostics {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly mapping: MappingStore | undefined,
    private readonly candidate: CandidateMapping | undefined,
    private readonly revocations: Revocations,
    private readonly reportMode: ReportMode,
    private readonly refusals: RefusalLog,
  ) {}

  read(): AuthzDiagnostics {
    return {
      issuers: this.authenticator.statistics(),
      mapping: this.mapping?.status(),
      candidate: this.candidate?.statistics(),
      revocation: this.revocations.status(),
      refusals: this.refusals.statistics(),
      report: this.reportMode.statistics(),
    };
  }

  onMappingEvent(listener: (event: MappingEvent) => void): () => void {
    return this.mapping?.subscribe(listener) ?? (() => undefined);
  }
}
