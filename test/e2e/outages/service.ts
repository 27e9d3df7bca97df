import type { AbstractHttpAdapter } from '@nestjs/core';
import { Authz, AuthzModule, type MappingSource, type MappingStatus } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { portOf } from '../raw-request.js';
import { shiftOf, type InForce } from './rota.js';
import { SteadyLoad } from './steady-load.js';
import { Ward } from './ward.js';

const DAY_SECONDS = 86_400;

/** A service that gets its mapping from a source, under a steady load from its start to its end. */
export class Service {
  private constructor(
    private readonly app: AuthzTestApp,
    readonly log: CapturedLog,
    readonly load: SteadyLoad,
    private readonly tokenOf: (role: string) => string,
    private revision: InForce,
  ) {}

  /** @param inForce The revision that its first response follows. */
  static async start(mapping: MappingSource, inForce: InForce, adapter?: AbstractHttpAdapter): Promise<Service> {
    const log = new CapturedLog();
    const app = await startAuthzApp(
      {
        controllers: [Ward],
        // Every load is refused, which is no alarm.
        imports: [AuthzModule.forRoot({ issuer: 'https://id.acme.test', audience: 'ward', mapping, logRefusals: false })],
      },
      { ...log.here, ...(adapter && { adapter }) },
    );
    const tokenOf = tokens(app);
    return new Service(app, log, new SteadyLoad(portOf(app), tokenOf, inForce), tokenOf, inForce);
  }

  /** The number of the revision in force. */
  get number(): number {
    return Number(this.revision);
  }

  get status(): MappingStatus {
    return this.app.app.get(Authz).diagnostics().mapping!;
  }

  /** Publishes the next revision, and waits until it is in force: until then both are right, then only the new one. */
  async rotates(publish: (revision: number) => unknown): Promise<void> {
    await this.becomes(this.revision === 'none' ? 0 : this.revision + 1, publish);
  }

  /** Like {@link rotates}, with any revision, or with none any more. */
  async becomes(next: InForce, cause: (next: number) => unknown): Promise<void> {
    this.load.expect(this.revision, next);
    await cause(Number(next));
    await until(() => this.answersBy(next));
    this.load.expect(next);
    this.revision = next;
  }

  /**
   * Causes a fault, and checks that the mapping in force stays, that the status reports the fault, and that the log does once, however often the load
   * is tried.
   * @param again Causes one more attempt. Default: waits for the next poll.
   * @param most Most log lines for the fault: some look different from the second attempt on. Default: 1.
   */
  async suffers(fault: () => unknown, message: RegExp, again: () => unknown = () => undefined, most = 1): Promise<void> {
    const { revision } = this.status;
    const lines = this.log.lines.length;
    await fault();
    await until(() => message.test(this.status.lastError?.message ?? '')).catch((error: unknown) => {
      throw new Error(`the status says ${JSON.stringify(this.status.lastError)}`, { cause: error });
    });
    const { at } = this.status.lastError!;
    await until(async () => {
      await again();
      return (this.status.lastError?.at ?? 0) > at;
    });
    await this.load.round();
    expect(this.status).toMatchObject({ revision, ready: this.revision !== 'none' });
    expect(this.status.lastError?.message).toMatch(message);
    const alarms = this.alarms(lines);
    for (const alarm of alarms) expect(alarm).toMatch(message);
    expect(alarms.length).toBeGreaterThan(0);
    expect(alarms.length).toBeLessThanOrEqual(most);
    const pollingOnly = this.log.lines.slice(lines).filter((line) => line.includes('found by polling only'));
    expect(new Set(pollingOnly).size).toBe(pollingOnly.length);
  }

  /** Repairs the fault, and waits until the source is reachable again. */
  async recovers(repair: () => unknown): Promise<void> {
    const lines = this.log.lines.length;
    await repair();
    await until(() => this.status.lastError === undefined);
    expect(this.alarms(lines)).toEqual([]);
    expect(
      this.log.lines.slice(lines).filter((line) => /^LOG .* is reachable again; the mapping is revision/.test(line)),
    ).toHaveLength(1);
  }

  /** Waits until the status has no error: that includes the disk copy of the mapping in force. */
  async isWell(): Promise<void> {
    await until(() => this.status.ready && this.status.fresh && this.status.lastError === undefined);
  }

  /** Log lines about the mapping that need attention; those about announcements are checked by {@link suffers}. */
  alarms(since = 0): readonly string[] {
    const others = /^WARN Requests to |found by polling only/;
    return this.log.lines.slice(since).filter((line) => /^(ERROR|WARN) /.test(line) && !others.test(line));
  }

  /** Stops it. @throws if any response was wrong. */
  async stop(): Promise<void> {
    await this.load.round();
    await this.load.stop();
    await this.app.close();
    expect(this.load.wrong).toEqual([]);
  }

  private async answersBy(inForce: InForce): Promise<boolean> {
    const { status } = await this.app.withToken(this.tokenOf('keeper')).get(`/${shiftOf(Number(inForce) || 0)}`);
    return status === (inForce === 'none' ? 503 : 200);
  }
}

/** One token for each role, valid at any time that a test may set. */
function tokens(app: AuthzTestApp): (role: string) => string {
  const kept = new Map<string, string>();
  const now = Math.floor(Date.now() / 1000);
  return (role) => {
    const token = kept.get(role) ?? app.token({ roles: [role], iat: now - 7 * DAY_SECONDS, exp: now + 7 * DAY_SECONDS });
    kept.set(role, token);
    return token;
  };
}
