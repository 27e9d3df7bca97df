import type { Refusal } from '../../../authorization/index.js';
import { closeCode, POLICY_VIOLATION } from './close-code.js';
import type { ClientChannel } from '../connections/client-channel.interface.js';
import { OPEN, type WsClient } from './ws-client.interface.js';

/** How long a client may take to confirm that its connection is closed, in milliseconds. */
const CLOSE_TIMEOUT_MS = 5000;

/** Sends events in Nest's format and close codes to a ws client. */
export class WsChannel implements ClientChannel {
  private isClosing = false;

  constructor(private readonly client: WsClient) {}

  send(event: string, data: unknown): void {
    if (this.client.readyState === OPEN) this.client.send(JSON.stringify({ event, data }));
  }

  end(answer: Refusal): void {
    this.close(closeCode(answer), answer.body.error);
  }

  cutOff(): void {
    this.close(POLICY_VIOLATION, 'too_many_messages');
  }

  /** @param reason At most 123 bytes. */
  close(code: number, reason: string): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.client.close(code, reason);
    const timer = setTimeout(() => this.client.terminate?.(), CLOSE_TIMEOUT_MS).unref();
    this.client.once('close', () => clearTimeout(timer));
  }
}
