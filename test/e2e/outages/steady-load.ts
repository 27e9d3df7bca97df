import { Agent, get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { until } from '../../waiting/until.js';
import type { InForce } from './rota.js';
import { PATHS, rightAnswer } from './ward.js';

/** Time between two requests, in milliseconds: 200 a second. */
const INTERVAL_MS = 5;
/** Most requests in flight. A slower machine gets fewer requests instead of an ever longer queue. */
const MAX_PENDING = 50;
const ROLES = [undefined, 'keeper', 'nurse', 'reader', 'auditor', 'stranger'] as const;
const QUESTIONS = ROLES.flatMap((role) => PATHS.map((path) => ({ role, path })));

/**
 * Requests every route as every role, in turn, at a steady rate that waits for no single response. Compares each response with the revisions that were in
 * force between the request and its end.
 */
export class SteadyLoad {
  /** Wrong responses. */
  readonly wrong: string[] = [];
  /** Number of responses that were compared. */
  answered = 0;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly pending = new Map<number, Promise<void>>();
  private readonly startedAt = performance.now();
  private sent = 0;
  private due = 0;
  /** The revisions in force, the latest last. */
  private readonly inForce: (readonly InForce[])[];
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly port: number,
    private readonly tokenOf: (role: string) => string,
    inForce: InForce,
  ) {
    this.inForce = [[inForce]];
    this.timer = setInterval(() => this.sendDue(), INTERVAL_MS);
  }

  /** From now on each of these is right, and no other. */
  expect(...inForce: readonly InForce[]): void {
    this.inForce.push(inForce);
  }

  /** Resolves once every request was made and answered once more. */
  async round(): Promise<void> {
    const end = this.sent + QUESTIONS.length;
    await until(() => this.sent >= end && [...this.pending.keys()].every((number) => number >= end));
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.pending.values());
    this.agent.destroy();
  }

  /** Keeps the rate even if the timer is late, as long as responses arrive. */
  private sendDue(): void {
    const due = (performance.now() - this.startedAt) / INTERVAL_MS;
    for (; this.due < due; this.due++) {
      if (this.pending.size >= MAX_PENDING) continue;
      const number = this.sent++;
      const asked = this.ask(QUESTIONS[number % QUESTIONS.length]!).finally(() => this.pending.delete(number));
      this.pending.set(number, asked);
    }
  }

  private async ask({ role, path }: (typeof QUESTIONS)[number]): Promise<void> {
    const before = this.inForce.length - 1;
    const answer = await this.answerTo(path, role).catch((error: unknown) => String(error));
    this.answered++;
    const inForce = [...new Set(this.inForce.slice(before).flat())];
    const right = inForce.map((rules) => rightAnswer(path, role, rules));
    if (!right.includes(answer))
      this.wrong.push(`${role ?? 'no role'} ${path}: ${answer}, in force ${inForce.join(' or ')}: ${right.join(' or ')}`);
  }

  private async answerTo(path: string, role: string | undefined): Promise<string> {
    const headers = role === undefined ? {} : { authorization: `Bearer ${this.tokenOf(role)}` };
    const request = get({ host: '127.0.0.1', port: this.port, agent: this.agent, path, headers });
    const response = await once(request, 'response').then(
      ([first]) => first as IncomingMessage,
      (error: unknown) => {
        // The server may close an idle connection at the moment it is used again; such a request has to be repeated (Node's
        // documentation of `request.reusedSocket`).
        if (request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET') return undefined;
        throw error;
      },
    );
    if (response === undefined) return this.answerTo(path, role);
    const body = await text(response);
    const status = String(response.statusCode);
    if (status === '503' && response.headers['retry-after'] === undefined) return '503 without Retry-After';
    return status === '200' && path === '/any' ? `200 ${body}` : status;
  }
}
