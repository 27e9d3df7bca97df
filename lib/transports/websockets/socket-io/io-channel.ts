import type { Refusal } from '../../../authorization/index.js';
import type { IoSocket } from './io-socket.interface.js';
import type { ClientChannel } from '../connections/client-channel.interface.js';

/** Event that sends a client the reason before its connection closes. */
const UNAUTHORIZED = 'unauthorized';

/** Sends events to a socket.io client. */
export class IoChannel implements ClientChannel {
  constructor(private readonly socket: IoSocket) {}

  end({ body }: Refusal): void {
    this.socket.emit(UNAUTHORIZED, body);
    this.socket.disconnect(true);
  }

  cutOff(): void {
    this.socket.disconnect(true);
  }
}
