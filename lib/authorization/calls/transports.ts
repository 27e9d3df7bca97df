import { shareCarrier } from './state-in-context.js';
import type { Transport } from './transport.interface.js';

/** The ways into the service that are known, by the type of the execution context. A call that came any other way is refused. */
export class Transports {
  private readonly known = new Map<string, Transport>();

  of(type: string): Transport | undefined {
    return this.known.get(type);
  }

  add(type: string, transport: Transport): this {
    this.known.set(type, transport);
    shareCarrier(type, transport);
    return this;
  }
}
