import type { CallHandling } from '../calls/call.interface.js';
import type { CallScope } from '../calls/call-scope.js';
import { shareCarrier } from '../calls/state-in-context.js';
import { shareUnit } from '../resources/loaded-resource.js';
import type {
  RegisteredTransport,
  StartingApplication,
  TransportDefinition,
  WebFramework,
} from './transport-definition.interface.js';

/** The transports of an application. A call over any other transport is refused. */
export class Transports {
  private readonly handlings = new Map<string, CallHandling>();

  constructor(private readonly registered: readonly RegisteredTransport[] = []) {}

  /** Returns how calls of a type are handled; `undefined`: they are refused. */
  of(type: string): CallHandling | undefined {
    return this.handlings.get(type);
  }

  add(type: string, handling: CallHandling): this {
    this.handlings.set(type, handling);
    shareCarrier(type, handling);
    shareUnit(type, handling);
    return this;
  }

  /** Makes calls run in their scope, for transports that have middleware. Call this before routes are registered. */
  followCalls(framework: WebFramework, scope: CallScope): void {
    for (const transport of this.definitions()) transport.followCalls?.(framework, scope);
  }

  /** Returns the transports of this library, with their checks. */
  definitions(): readonly TransportDefinition[] {
    return this.registered.filter((transport) => isDefinition(transport));
  }
}

/** Opens every transport of an application. Call this before Nest binds handlers. */
export async function openTransports(registered: readonly RegisteredTransport[], app: StartingApplication): Promise<Transports> {
  const transports = new Transports(registered);
  for (const transport of registered) {
    const handling = isDefinition(transport) ? await transport.open(app) : transport;
    if (handling !== undefined) transports.add(transport.type, handling);
  }
  return transports;
}

function isDefinition(transport: RegisteredTransport): transport is TransportDefinition {
  return transport.open !== undefined;
}
