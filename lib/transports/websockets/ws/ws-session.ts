import type { Refusal } from '../../../authorization/index.js';
import { AUTHENTICATED, tokenInFrame } from '../connections/authenticate-message.js';
import { INTERNAL_ERROR, MESSAGE_TOO_BIG, TRY_AGAIN_LATER } from './close-code.js';
import type { Connection } from '../connections/connection.js';
import type { Admission, RefusedAdmission } from '../admission.js';
import type { GuardedWebSocketsSettings } from '../guarded-web-sockets-settings.js';
import type { Handshake } from '../connections/handshake.js';
import type { PendingConnections } from '../connections/pending-connections.js';
import { OPEN, type WsClient } from './ws-client.interface.js';
import type { WsChannel } from './ws-channel.js';
import { isRefusalBody } from '../ws-refused.exception.js';

/** What every session of an application needs. */
export interface WsSessionTools {
  readonly settings: GuardedWebSocketsSettings;
  readonly pending: PendingConnections;
  /** Answers a client without a token. */
  readonly unauthorized: Refusal;
  /** A client that has not said who it is may send so many bytes: one token, and what is around it. */
  readonly maxUnauthenticatedBytes: number;
  report(error: unknown): void;
}

interface WsSessionParts {
  readonly client: WsClient;
  readonly handshake: Handshake;
  readonly admission: Admission;
  readonly connection: Connection;
  readonly channel: WsChannel;
  /** Called once, when it may be served. */
  onOpen(): void;
}

type Frame = readonly [data: unknown, isBinary: unknown];

/** Messages kept while it is decided may have so many bytes together. */
const MAX_PENDING_BYTES = 1_048_576;

/**
 * A client of ws from its connection to its end. Nest hears of it only once it may be served; until then its messages are kept: while it is
 * `judged`, and where it is `waiting` for its first message, which must bring a token.
 */
export class WsSession {
  private phase: 'judged' | 'waiting' | 'open' | 'closed' = 'judged';
  private readonly callbacks: (() => void)[] = [];
  private held: Frame[] = [];
  private heldBytes = 0;
  private leavePending: (() => void) | undefined;
  private deadline: NodeJS.Timeout | undefined;
  /** Why it is `waiting`. */
  private refused: RefusedAdmission | undefined;

  constructor(
    private readonly parts: WsSessionParts,
    private readonly tools: WsSessionTools,
  ) {
    const { client } = parts;
    client.on('error', () => undefined); // without a listener the process would end
    client.on('message', (data, isBinary) => this.receive([data, isBinary]));
    // Nest 11 emits refusals on the client itself, where a client of ws does not send them; Nest 12 sends them and emits nothing.
    client.on('exception', (data) => isRefusalBody(data) && this.parts.channel.say('exception', data));
    client.once('close', () => this.finish());
  }

  /** Judges what the client brought to connect. */
  start(): void {
    this.follow(this.judge());
  }

  /** Has something done once the client is served. */
  whenOpen(callback: () => void): void {
    if (this.phase === 'open') callback();
    else this.callbacks.push(callback);
  }

  private async judge(): Promise<void> {
    const { admission, client } = this.parts;
    const refused = await admission.refuse(client);
    if (this.phase === 'closed') return;
    if (refused === undefined) this.open();
    else if (refused.reason === 'token_missing' && this.tools.settings.authenticateWithinMs > 0) this.wait(refused);
    else {
      refused.note();
      this.end(refused.answer);
    }
  }

  private wait(refused: RefusedAdmission): void {
    this.refused = refused;
    this.leavePending = this.tools.pending.add();
    if (this.leavePending === undefined) {
      this.close(TRY_AGAIN_LATER, 'temporarily_unavailable');
      return;
    }
    this.phase = 'waiting';
    this.deadline = setTimeout(() => this.endUnauthorized(), this.tools.settings.authenticateWithinMs).unref();
    this.limitBytes();
    this.replay((frame) => this.receive(frame));
  }

  /** A frame comes to be known when it is whole; what has come of it takes memory before. */
  private limitBytes(): void {
    const { socket } = this.parts.handshake;
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (this.phase !== 'waiting') socket?.off('data', count);
      else if (bytes > this.tools.maxUnauthenticatedBytes) this.close(MESSAGE_TOO_BIG, 'message_too_big');
    };
    socket?.on('data', count);
  }

  private receive(frame: Frame): void {
    if (this.phase === 'judged') this.hold(frame);
    else if (this.phase === 'waiting') this.authenticate(tokenInFrame(...frame));
    else if (this.phase === 'open' && this.isReachable()) this.renew(tokenInFrame(...frame));
  }

  private hold(frame: Frame): void {
    this.heldBytes += sizeOf(frame);
    if (this.held.length >= this.tools.settings.maxPendingMessages || this.heldBytes > MAX_PENDING_BYTES) {
      this.parts.channel.cutOff();
      this.finish();
    } else this.held.push(frame);
  }

  private authenticate(token: string | undefined): void {
    clearTimeout(this.deadline);
    if (token === undefined) {
      this.endUnauthorized();
      return;
    }
    this.phase = 'judged';
    this.follow(this.judgeFirst(token));
  }

  private async judgeFirst(token: string): Promise<void> {
    const outcome = await this.parts.connection.authenticate(token);
    if (this.phase === 'closed') return;
    if (!('expiresAt' in outcome)) {
      this.end(outcome);
      return;
    }
    this.parts.channel.say(AUTHENTICATED, outcome);
    this.open();
  }

  private renew(token: string | undefined): void {
    if (token === undefined) return;
    const { connection, channel } = this.parts;
    connection.renew(
      token,
      { accepted: (data) => channel.say(AUTHENTICATED, data), refused: (data) => channel.say('exception', data) },
      this.fail,
    );
  }

  private open(): void {
    this.leavePending?.();
    if (!this.isReachable()) return;
    this.phase = 'open';
    this.parts.connection.open();
    this.parts.onOpen();
    for (const callback of this.callbacks.splice(0)) callback();
    // The gateway may have ended it by now.
    this.replay((frame) => this.isReachable() && this.parts.client.emit('message', ...frame));
  }

  private isReachable(): boolean {
    return this.parts.client.readyState === OPEN;
  }

  private replay(use: (frame: Frame) => void): void {
    const frames = this.held;
    this.held = [];
    this.heldBytes = 0;
    frames.forEach(use);
  }

  private endUnauthorized(): void {
    this.refused?.note();
    this.end(this.tools.unauthorized);
  }

  private end(answer: Refusal): void {
    this.parts.channel.end(answer);
    this.finish();
  }

  private close(code: number, reason: string): void {
    this.parts.channel.close(code, reason);
    this.finish();
  }

  private finish(): void {
    this.phase = 'closed';
    clearTimeout(this.deadline);
    this.leavePending?.();
    this.callbacks.length = 0;
    this.held = [];
    this.parts.connection.close();
  }

  private follow(work: Promise<void>): void {
    work.catch(this.fail);
  }

  /** What should not happen: it is reported, and the client is not served. */
  private readonly fail = (error: unknown): void => {
    this.tools.report(error);
    this.close(INTERNAL_ERROR, 'server_error');
  };
}

function sizeOf([data]: Frame): number {
  return typeof data === 'string' || Buffer.isBuffer(data) ? data.length : MAX_PENDING_BYTES;
}
