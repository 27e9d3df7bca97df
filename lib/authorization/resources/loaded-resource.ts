import type { ExecutionContext } from '@nestjs/common';
import { AuthzConfigError } from '../../core/index.js';
import type { Call, CallHandling } from '../calls/call.interface.js';
import type { CallArguments } from '../transports/transport.interface.js';

/** The resource of one call to one handler. */
interface Loaded {
  readonly type: unknown;
  readonly handler: unknown;
  readonly resource: object;
}

/** By the object that belongs to the call. One object may serve several handlers: the context of an event, a request that a handler passes on. */
const LOADED = new WeakMap<object, readonly Loaded[]>();

/** How to find the object that belongs to a call, of all transports in this process: a parameter decorator cannot inject those of its application. */
const UNITS = new Map<string, Set<UnitOf>>();
type UnitOf = (call: CallArguments) => object | undefined;

/** Lets {@link resourceIn} find the resources of a transport. */
export function shareUnit(type: string, { unit, carrier }: Pick<CallHandling, 'unit' | 'carrier'>): void {
  UNITS.set(type, (UNITS.get(type) ?? new Set()).add(unit ?? carrier));
}

/** Stores the resource of an admitted call to a handler. */
export function rememberResource({ transport, args, carrier, context }: Call, resource: object): void {
  if (context === undefined) return;
  const unit = transport.unit?.(args) ?? carrier;
  const [type, handler] = [context.getClass(), context.getHandler()];
  const others = LOADED.get(unit)?.filter((each) => each.type !== type || each.handler !== handler) ?? [];
  LOADED.set(unit, [...others, { type, handler, resource }]);
}

/**
 * Returns the resource that the guard has loaded for a call.
 * @throws AuthzConfigError if no resource was loaded: the handler has no `@Resource()`, or the guard has not run.
 */
export function resourceIn(context: ExecutionContext): object {
  const [type, handler] = [context.getClass(), context.getHandler()];
  for (const unitOf of UNITS.get(context.getType()) ?? []) {
    const unit = foundBy(unitOf, context.getArgs());
    const loaded = unit && LOADED.get(unit)?.find((each) => each.type === type && each.handler === handler);
    if (loaded !== undefined) return loaded.resource;
  }
  throw new AuthzConfigError(
    'AUTHZ_CURRENT_RESOURCE',
    `@CurrentResource() in ${type.name}.${handler.name} has no value: AuthzGuard has loaded no resource for the call. Write @Resource() on the handler. ` +
      'In tests replace AuthzGuard with guardAs(), which loads resources, and not with a guard of your own.',
  );
}

/** The function of another application may throw on arguments that it does not know. */
function foundBy(unitOf: UnitOf, args: CallArguments): object | undefined {
  try {
    const unit: unknown = unitOf(args);
    return typeof unit === 'object' && unit !== null ? unit : undefined;
  } catch {
    return undefined;
  }
}
