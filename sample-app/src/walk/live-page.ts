import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { RunningProcess } from '../fleet/running-process.js';
import type { Table } from './table.js';
import { loggedReason } from './visit.js';

/** How long the page waits for what it is told, in milliseconds. */
const PATIENCE_MS = 15_000;

/** Who opens the page, and with which token. */
export interface Visitor {
  readonly who: string;
  readonly token: string;
}

/** How a socket ended: code and reason of its close frame. */
type End = readonly [code: number, reason: string];

/** The live page of orders, as a browser has it open: the token goes as a subprotocol. */
export class LivePage {
  private readonly socket: WebSocket;
  private readonly heard: string[] = [];
  private readonly ended: Promise<End>;
  private since: number;

  private constructor(
    private readonly table: Table,
    private readonly orders: RunningProcess,
    private readonly visitor: Visitor,
  ) {
    this.since = orders.log.length;
    this.socket = new WebSocket(`${orders.url.replace('http', 'ws')}/live/orders`, ['authz', `bearer.${visitor.token}`]);
    this.socket.on('message', (data: Buffer) => this.heard.push(data.toString()));
    this.ended = new Promise((resolve) => this.socket.on('close', (code, reason) => resolve([code, reason.toString()])));
  }

  /** Opens it, and adds a row that says what came. */
  static async open(table: Table, orders: RunningProcess, visitor: Visitor): Promise<LivePage> {
    const page = new LivePage(table, orders, visitor);
    await page.hears('"event":"orders"');
    page.row('/live/orders', 101, 'ok', 'shows the orders so far');
    page.since = orders.log.length;
    return page;
  }

  /** Opens it for somebody who may not, and adds a row that says why. */
  static async refused(table: Table, orders: RunningProcess, visitor: Visitor, code: number, reason: string): Promise<void> {
    await new LivePage(table, orders, visitor).endRow('/live/orders', code, reason);
  }

  /** Adds a row once a text was pushed. */
  async pushed(text: string, reason: string): Promise<void> {
    await this.hears(text);
    this.row('pushes', '–', 'ok', reason);
  }

  /** Adds a row once the service has closed it. */
  async cutOff(code: number, reason: string): Promise<void> {
    await this.endRow('closes', code, reason);
  }

  /** Adds a row that says whether it is open still. */
  staysOpen(reason: string): void {
    const isOpen = this.socket.readyState === WebSocket.OPEN;
    this.row('stays open', '–', isOpen ? 'ok' : 'closed', reason, isOpen ? undefined : 'open');
  }

  close(): void {
    this.socket.close();
  }

  private async hears(text: string): Promise<void> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    while (!this.heard.some((message) => message.includes(text))) await once(this.socket, 'message', { signal: deadline });
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
