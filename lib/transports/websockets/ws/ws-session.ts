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

/** Dependencies shared by all sessions of an application. */
export interface WsSessionTools {
  readonly settings: GuardedWebSocketsSettings;
  readonly pending: PendingConnections;
  /** The refusal for a client without a token. */
  readonly unauthorized: Refusal;
  /** Maximum number of bytes from a client without a verified token: one token and the frame around it. */
  readonly maxUnauthenticatedBytes: number;
  report(error: unknown): void;
}

interface WsSessionParts {
  readonly client: WsClient;
  readonly handshake: Handshake;
  readonly admission: Admission;
  readonly connection: Connection;
  readonly channel: WsChannel;
  /** Called once, when the client is accepted. */
  onOpen(): void;
}

type Frame = readonly [data: unknown, isBinary: unknown];

/** Maximum size of all messages kept while the token is checked, in bytes. */
const MAX_PENDING_BYTES = 1_048_576;

/**
 * A ws client from its connection to its end. Nest gets the client only once it is accepted. Until then its messages are kept: while the token is
 * checked (`checking`), and while the client has yet to send the first message with a token (`waiting`).
 */
export class WsSession {
  private phase: 'checking' | 'waiting' | 'open' | 'closed' = 'checking';
  private readonly callbacks: (() => void)[] = [];
  private held: Frame[] = [];
  private heldBytes = 0;
  private leavePending: (() => void) | undefined;
  private deadline: NodeJS.Timeout | undefined;
  /** The refusal that applies if no token arrives while `waiting`. */
  private refused: RefusedAdmission | undefined;

  constructor(
    private readonly parts: WsSessionParts,
    private readonly tools: WsSessionTools,
  ) {
    const { client } = parts;
    client.on('error', () => undefined); // without a listener an error would end the process
    client.on('message', (data, isBinary) => this.receive([data, isBinary]));
    // Nest 11 emits refusals on the client object, which ws clients do not send; Nest 12 sends refusals itself and emits nothing.
    client.on('exception', (data) => isRefusalBody(data) && this.parts.channel.send('exception', data));
    client.once('close', () => this.finish());
  }

  /** Checks the token of the handshake. */
  start(): void {
    this.follow(this.authorize());
  }

  /** Calls back once the client is accepted. */
  whenOpen(callback: () => void): void {
    if (this.phase === 'open') callback();
    else this.callbacks.push(callback);
  }

  private async authorize(): Promise<void> {
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

  /** Counts raw bytes: ws reports only complete frames, but the parts use memory before. */
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
    if (this.phase === 'checking') this.hold(frame);
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
    this.phase = 'checking';
    this.follow(this.authorizeFirst(token));
  }

  private async authorizeFirst(token: string): Promise<void> {
    const outcome = await this.parts.connection.authenticate(token);
    if (this.phase === 'closed') return;
    if (!('expiresAt' in outcome)) {
      this.end(outcome);
      return;
    }
    this.parts.channel.send(AUTHENTICATED, outcome);
    this.open();
  }

  private renew(token: string | undefined): void {
    if (token === undefined) return;
    const { connection, channel } = this.parts;
    connection.renew(
      token,
      { accepted: (data) => channel.send(AUTHENTICATED, data), refused: (data) => channel.send('exception', data) },
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
    // The gateway may have closed the connection by now.
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

  /** Reports an unexpected error and closes the connection. */
  private readonly fail = (error: unknown): void => {
    this.tools.report(error);
    this.close(INTERNAL_ERROR, 'server_error');
  };
}

function sizeOf([data]: Frame): number {
  return typeof data === 'string' || Buffer.isBuffer(data) ? data.length : MAX_PENDING_BYTES;
}
