import { findMethods, findTypes, type FoundMethod, type HandlerRule } from '../../../authorization/index.js';
import { AuthzConfigError, shown } from '../../../core/index.js';
import { AUTHENTICATE } from '../connections/authenticate-message.js';
import { guardGateway } from './gateway-guards.js';
import { isGateway } from './gateway-metadata.js';
import { catchRefusals, type EndClient } from './gateway-hooks.js';
import type { WebSocketApp } from './web-socket-app.js';

type Class = FoundMethod['type'];
type Provider = ReturnType<WebSocketApp['discovery']['getProviders']>[number];

/** The address of a gateway, as in its decorator. */
export interface Place {
  readonly port: number;
  readonly path: unknown;
  /** socket.io only. */
  readonly namespace: unknown;
}

interface Gateway {
  readonly name: string;
  readonly place: Place;
  /** The requirement for a connection. */
  readonly rule: HandlerRule;
  readonly mayHaveHooks: boolean;
}

/** Metadata keys of Nest. Written by name, since its constants are not public. */
const PORT = 'port';
const OPTIONS = 'websockets:gateway_options';
const MESSAGE = 'message';
const HOOKS = ['handleConnection', 'handleDisconnect'] as const;

/** The gateways of an application and their requirements for connections. */
export class Gateways {
  private readonly all: readonly Gateway[];

  /** @throws AuthzConfigError if decorators contradict each other, or gateways with different requirements share hooks. */
  constructor(app: WebSocketApp, end: EndClient) {
    refuseTakenMessage(app);
    this.all = findTypes(app.discovery)
      .filter(isGateway)
      .map((type) => gatewayOf(type, app));
    for (const instance of instancesOf(app)) {
      catchRefusals(instance, HOOKS, end);
      guardGateway(instance, app.guard);
    }
    for (const { place } of this.all) refuseSharedHooks(this.all.filter((other) => isSamePlace(other.place, place)));
  }

  /** Returns the distinct requirements of the gateways at a place. A client needs to meet one of them. */
  rulesAt(place: Place): readonly HandlerRule[] {
    return distinct(this.all.filter((gateway) => isSamePlace(gateway.place, place)));
  }
}

function gatewayOf(type: Class, { rules, discovery }: WebSocketApp): Gateway {
  const { path, namespace } = (Reflect.getMetadata(OPTIONS, type) ?? {}) as Partial<Place>;
  const port = (Reflect.getMetadata(PORT, type) as number | undefined) ?? 0;
  const mayHaveHooks = discovery.getProviders().some((provider) => provider.metatype === type && isHooked(provider));
  return { name: type.name, place: { port, path, namespace }, rule: rules.ofClass(type), mayHaveHooks };
}

function instancesOf({ discovery }: WebSocketApp): readonly object[] {
  return discovery
    .getProviders()
    .filter(({ metatype }) => typeof metatype === 'function' && isGateway(metatype))
    .map(({ instance }) => instance as unknown)
    .filter((instance) => typeof instance === 'object' && instance !== null);
}

/**
 * Returns whether a gateway may have hooks. Nest looks for hooks on the instance; in request scope no instance exists before a client connects, so
 * such a gateway counts as having hooks.
 */
function isHooked(provider: Provider): boolean {
  const instance = provider.instance as Readonly<Record<string, unknown>> | null | undefined;
  return !provider.isDependencyTreeStatic() || HOOKS.some((hook) => typeof instance?.[hook] === 'function');
}

/** Returns whether two gateways have the same address. */
export function isSamePlace(a: Place, b: Place): boolean {
  return a.port === b.port && a.path === b.path && namespaceOf(a) === namespaceOf(b);
}

/** Normalises a namespace like Nest and socket.io: the default is `/`, and the leading slash is optional. */
function namespaceOf({ namespace }: Place): unknown {
  if (namespace === undefined || namespace === null || namespace === '') return '/';
  return typeof namespace === 'string' && !namespace.startsWith('/') ? `/${namespace}` : namespace;
}

function distinct(gateways: readonly Gateway[]): readonly HandlerRule[] {
  const byMeaning = new Map(gateways.map(({ rule }) => [JSON.stringify([rule.requirement, rule.mode]), rule]));
  return [...byMeaning.values()];
}

/**
 * Refuses hooks on gateways that share a server but differ in requirements: Nest runs the hooks of all gateways for every client, so a hook would run
 * for a client that may not connect to its gateway.
 */
function refuseSharedHooks(sharing: readonly Gateway[]): void {
  const withHooks = sharing.find(({ mayHaveHooks }) => mayHaveHooks);
  if (withHooks === undefined || distinct(sharing).length < 2) return;
  throw new AuthzConfigError(
    'AUTHZ_WEBSOCKETS_SHARED',
    `The gateways ${sharing.map(({ name }) => name).join(', ')} share one server but have different requirements for connections, and Nest calls ` +
      `handleConnection and handleDisconnect of ${withHooks.name} for the clients of all of them (a gateway in request scope counts as having these methods). ` +
      'Put the same decorators on the classes (handlers may differ), or give each gateway its own namespace, path or port.',
  );
}

/** Refuses a handler for the message `authenticate`: it would receive tokens. */
function refuseTakenMessage({ discovery, scanner }: WebSocketApp): void {
  const taken = findMethods(discovery, scanner).find(
    ({ type, method }) => isGateway(type) && Reflect.getMetadata(MESSAGE, method) === AUTHENTICATE,
  );
  if (taken === undefined) return;
  throw new AuthzConfigError(
    'AUTHZ_WEBSOCKETS_MESSAGE',
    `${taken.type.name}.${taken.method.name} subscribes to ${shown(AUTHENTICATE)}, the message with which clients send their tokens. Use another message name.`,
  );
}
