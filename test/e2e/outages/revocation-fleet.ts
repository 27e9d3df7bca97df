import { Redis } from 'ioredis';
import { redisRevocations } from '../../../lib/sources/redis/index.js';
import type { RevocationSetup } from '../../../lib/revocation/index.js';
import type { RedisServer } from '../../servers/redis.js';
import { startTcpProxy, type TcpProxy } from '../../servers/tcp-proxy.js';
import { until } from '../../waiting/until.js';
import { startRevoking, type Revoking } from '../redis/revoking.js';

/** Time between two rounds of checks, in milliseconds. */
const INTERVAL_MS = 5;
/** Revoked subjects that each instance is checked for in a round; the next round checks the next ones. */
const ASKED = 20;
/** A subject of which nothing is ever revoked. */
export const INNOCENT = 'innocent';

/** One instance, with its own client and its own connection to Redis. */
export interface Member extends Revoking {
  readonly proxy: TcpProxy;
  /** The subjects that it has refused once. */
  readonly known: Set<string>;
  /** Its decisions about the innocent subject. */
  readonly answers: Set<string | undefined>;
  /** Stops it. */
  stop(): Promise<void>;
}

/**
 * Instances that share revocations through one Redis, all checked over and over: an instance that has refused a subject once must never accept it
 * again.
 */
export class RevocationFleet {
  readonly members: Member[] = [];
  /** Wrong decisions. */
  readonly wrong: string[] = [];
  private readonly revoked: string[] = [];
  private asked = 0;
  private readonly timer = setInterval(() => this.round(), INTERVAL_MS);

  constructor(private readonly server: RedisServer) {}

  static async of(size: number, server: RedisServer): Promise<RevocationFleet> {
    const fleet = new RevocationFleet(server);
    for (let count = 0; count < size; count++) await fleet.join();
    return fleet;
  }

  /** Starts one more instance. Resolves once it has started. */
  async join(setup: Omit<RevocationSetup, 'feed'> = {}): Promise<Member> {
    const proxy = await startTcpProxy(this.server.port);
    const client = new Redis(proxy.port, '127.0.0.1', { retryStrategy: () => 50 }).on('error', () => undefined);
    const revoking = await startRevoking(redisRevocations({ client }), { pollIntervalSeconds: 1, ...setup });
    const stop = async () => {
      this.members.splice(this.members.indexOf(member), 1);
      await revoking.revocations.stop();
      client.disconnect();
      await proxy.stop();
    };
    const member: Member = { ...revoking, proxy, known: new Set(), answers: new Set(), stop };
    this.members.push(member);
    return member;
  }

  /** Revokes a subject, and checks that the rule is in force there at once. @returns Whether the feed has it. */
  async revoke(member: Member, subject: string): Promise<boolean> {
    this.revoked.push(subject);
    const revoking = member.revocations.revoke({ kind: 'subject', value: subject });
    this.ask(member, subject);
    if (!member.known.has(subject)) this.wrong.push(`${subject} is not refused where it was revoked`);
    return (await revoking).spread;
  }

  /** Waits until every instance refuses everything that was ever revoked, and nothing waits to be published. */
  async agrees(): Promise<void> {
    await until(() =>
      this.members.every(
        ({ refused, revocations }) => refused(this.revoked).length === this.revoked.length && revocations.status().unspread === 0,
      ),
    );
  }

  /** Waits until every instance reaches Redis. */
  async isWell(): Promise<void> {
    await until(() => this.members.every(({ revocations }) => revocations.status().lastError === undefined));
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([...this.members].map((member) => member.stop()));
  }

  private round(): void {
    const { revoked, members } = this;
    for (const member of members) {
      for (let count = 0; count < Math.min(ASKED, revoked.length); count++)
        this.ask(member, revoked[(this.asked + count) % revoked.length] ?? '');
      const answer = member.check(INNOCENT);
      member.answers.add(answer);
      if (answer === 'token_revoked') this.wrong.push(`${INNOCENT} is refused`);
    }
    this.asked += ASKED;
  }

  private ask(member: Member, subject: string): void {
    const answer = member.check(subject);
    if (answer === 'token_revoked') member.known.add(subject);
    else if (member.known.has(subject)) this.wrong.push(`${subject} is accepted again: ${answer}`);
  }
}
