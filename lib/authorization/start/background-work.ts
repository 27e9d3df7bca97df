import type { AuthenticationSettings, Authenticator } from '../../authentication/index.js';
import type { MappingStore } from '../../mapping/index.js';
import type { Revocations } from '../../revocation/index.js';
import { AuthzLogger } from '../authz-logger.js';
import type { FirstGuard } from '../calls/first-guard.js';
import type { PermissionResolver } from '../calls/permission-resolver.js';
import type { CandidateMapping } from '../trial/candidate-mapping.js';

const logger = new AuthzLogger('Authz');

/** Keeps keys, mappings and revocations current in the background. No request waits for it. */
export class BackgroundWork {
  private firstFetch: NodeJS.Immediate | undefined;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly permissions: PermissionResolver,
    private readonly mapping: MappingStore | undefined,
    private readonly candidate: CandidateMapping | undefined,
    private readonly revocations: Revocations,
    private readonly guard: FirstGuard,
  ) {}

  get settings(): AuthenticationSettings {
    return this.authenticator.settings;
  }

  /** Finds the mapping provider and loads the revocations. The start waits for both. */
  async load(): Promise<void> {
    await Promise.all([this.permissions.start(), this.revocations.start()]);
  }

  /** Fetches keys and the candidate mapping once the application listens, beside its first requests. */
  fetchOnceListening(): void {
    this.firstFetch ??= setImmediate(() => {
      if (this.guard.readsTokens) this.authenticator.start((fault) => logger.error(fault));
      this.candidate?.start();
    });
  }

  /** Stops fetching. Revocations stay in force while the last requests are handled. */
  stopFetching(): void {
    clearImmediate(this.firstFetch);
    this.authenticator.stop();
    this.mapping?.stop();
    this.candidate?.stop();
    this.revocations.expectEnd();
  }

  /** Stops following revocations. Call this when no request can arrive any more. */
  async stop(): Promise<void> {
    await this.revocations.stop();
  }
}
