import type { Refusal } from '../../../authorization/index.js';
import type { IoSocket } from './io-socket.interface.js';
import type { ClientChannel } from '../connections/client-channel.interface.js';

/** By which a client of socket.io is told why its connection ends. */
const UNAUTHORIZED = 'unauthorized';

/** Speaks to a client of socket.io. */
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
