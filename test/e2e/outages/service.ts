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

  /** @param inForce What it answers by from its first answer on. */
  static async start(mapping: MappingSource, inForce: InForce, adapter?: AbstractHttpAdapter): Promise<Service> {
    const log = new CapturedLog();
    const app = await startAuthzApp(
      {
        controllers: [Ward],
        // The load is refused all the time: that is no alarm.
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

  /** Has the next revision published, and waits until it is in force: until then either is right, then only the new one. */
  async rotates(publish: (revision: number) => unknown): Promise<void> {
    await this.becomes(this.revision === 'none' ? 0 : this.revision + 1, publish);
  }

  /** Like {@link rotates}, with any revision, or none at all any more. */
  async becomes(next: InForce, cause: (next: number) => unknown): Promise<void> {
    this.load.expect(this.revision, next);
    await cause(Number(next));
    await until(() => this.answersBy(next));
    this.load.expect(next);
    this.revision = next;
  }

  /**
   * Has something go wrong, and checks that the mapping in force stays, that the status says what it is, and that the log says so once,
   * however often it is tried.
   * @param again Has it tried once more. Default: the next poll does.
   * @param most How many lines that may take: some faults look different from the second try on. Default: 1.
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
    const unheard = this.log.lines.slice(lines).filter((line) => line.includes('found by polling only'));
    expect(new Set(unheard).size).toBe(unheard.length);
  }

  /** Has something repaired, and waits until the source is heard again. */
  async recovers(repair: () => unknown): Promise<void> {
    const lines = this.log.lines.length;
    await repair();
    await until(() => this.status.lastError === undefined);
    expect(this.alarms(lines)).toEqual([]);
    expect(
      this.log.lines.slice(lines).filter((line) => /^LOG .* is heard again; the mapping is revision/.test(line)),
    ).toHaveLength(1);
  }

  /** Waits until the status has nothing to complain of: it says so once the mapping in force is kept on disk, too. */
  async isWell(): Promise<void> {
    await until(() => this.status.ready && this.status.fresh && this.status.lastError === undefined);
  }

  /** What the log says of the mapping that somebody should look at; of announcements {@link suffers} looks itself. */
  alarms(since = 0): readonly string[] {
    const others = /no permissions are known|found by polling only/;
    return this.log.lines.slice(since).filter((line) => /^(ERROR|WARN) /.test(line) && !others.test(line));
  }

  /** Ends it. @throws if any answer was wrong. */
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

/** One token for each role, good at any time that a test may take it to be. */
function tokens(app: AuthzTestApp): (role: string) => string {
  const kept = new Map<string, string>();
  const now = Math.floor(Date.now() / 1000);
  return (role) => {
    const token = kept.get(role) ?? app.token({ roles: [role], iat: now - 7 * DAY_SECONDS, exp: now + 7 * DAY_SECONDS });
    kept.set(role, token);
    return token;
  };
}
