import type { Refusal } from '../../../authorization/index.js';
import type { IoSocket } from './io-socket.interface.js';
import type { Line } from '../connections/line.interface.js';

/** By which a client of socket.io is told why its connection ends. */
const UNAUTHORIZED = 'unauthorized';

/** Speaks to a client of socket.io. */
export class IoLine implements Line {
  constructor(private readonly socket: IoSocket) {}

  end({ body }: Refusal): void {
    this.socket.emit(UNAUTHORIZED, body);
    this.socket.disconnect(true);
  }

  cutOff(): void {
    this.socket.disconnect(true);
  }
}
