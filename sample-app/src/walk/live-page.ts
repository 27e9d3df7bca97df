import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { RunningProcess } from '../fleet/running-process.js';
import type { Table } from './table.js';
import { loggedReason } from './visit.js';

/** Time limit for an expected message, in milliseconds. */
const WAIT_MS = 15_000;

/** A user who opens the page, and the token. */
export interface Visitor {
  readonly who: string;
  readonly token: string;
}

/** Code and reason of a close frame. */
type End = readonly [code: number, reason: string];

/** Connects to the live page's socket like a browser: the token is a subprotocol. */
export class LivePage {
  private readonly socket: WebSocket;
  private readonly messages: string[] = [];
  private readonly ended: Promise<End>;
  private since: number;

  private constructor(
    private readonly table: Table,
    private readonly orders: RunningProcess,
    private readonly visitor: Visitor,
  ) {
    this.since = orders.log.length;
    this.socket = new WebSocket(`${orders.url.replace('http', 'ws')}/live/orders`, ['authz', `bearer.${visitor.token}`]);
    this.socket.on('message', (data: Buffer) => this.messages.push(data.toString()));
    this.ended = new Promise((resolve) => this.socket.on('close', (code, reason) => resolve([code, reason.toString()])));
  }

  /** Opens the page, and adds a row after the first message. */
  static async open(table: Table, orders: RunningProcess, visitor: Visitor): Promise<LivePage> {
    const page = new LivePage(table, orders, visitor);
    await page.receives('"event":"orders"');
    page.row('/live/orders', 101, 'ok', 'shows the existing orders');
    page.since = orders.log.length;
    return page;
  }

  /** Opens the page for a user who is refused, and adds a row with the reason. */
  static async refused(table: Table, orders: RunningProcess, visitor: Visitor, code: number, reason: string): Promise<void> {
    await new LivePage(table, orders, visitor).endRow('/live/orders', code, reason);
  }

  /** Adds a row once a message with this string has arrived. */
  async pushed(text: string, reason: string): Promise<void> {
    await this.receives(text);
    this.row('pushes', '–', 'ok', reason);
  }

  /** Adds a row once the service has closed the socket. */
  async cutOff(code: number, reason: string): Promise<void> {
    await this.endRow('closes', code, reason);
  }

  /** Adds a row that says whether the socket is still open. */
  staysOpen(reason: string): void {
    const isOpen = this.socket.readyState === WebSocket.OPEN;
    this.row('stays open', '–', isOpen ? 'ok' : 'closed', reason, isOpen ? undefined : 'open');
  }

  close(): void {
    this.socket.close();
  }

  private async receives(text: string): Promise<void> {
    const deadline = AbortSignal.timeout(WAIT_MS);
    while (!this.messages.some((message) => message.includes(text))) await once(this.socket, 'message', { signal: deadline });
  }

  private async endRow(call: string, expectedCode: number, expectedReason: string): Promise<void> {
    const [code, error] = await this.ended;
    const reason = await loggedReason(this.orders, this.since);
    const fits = code === expectedCode && reason === expectedReason;
    this.row(call, code, error, reason, fits ? undefined : `${expectedCode}, ${expectedReason}`);
  }

  private row(call: string, status: number | '–', answer: string, reason: string, expected?: string): void {
    this.table.row({ who: this.visitor.who, call: `orders    WS   ${call}`, status, answer, reason }, expected);
  }
}
