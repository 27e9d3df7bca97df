import { AuthzConfigError, isRecord, shown } from '../../core/index.js';
import { targetDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';
import type { ResourceFunction } from '../resources/resource-loader.interface.js';
import type { LoaderClass, ResourceRule } from '../resources/resource-rule.interface.js';

const RESOURCE = 'authz:resource';

/** Options of {@link Resource}. */
export interface ResourceOptions {
  /** Whether a caller who may not call the handler gets 404 in place of 403, as if the resource did not exist. Default: false. */
  readonly notFoundIfDenied?: boolean;
}

/**
 * Loads the resource that a call is about, once for each call, before the handler runs: conditions of the mapping, policies and `@CurrentResource()`
 * use it. A resource that does not exist responds with 404, one that cannot be loaded in time with 503. Nothing is loaded for a caller who may not call
 * the handler for any resource. It requires nothing: a handler without another decorator is still refused. On a class it applies to handlers
 * without one.
 *
 * @param source The class of a loader, listed among the providers of a module, or a function that returns the resource from what the client sent:
 * over HTTP the request, of GraphQL the arguments of the field, of a message its payload.
 * @example
 * @Put(':id') @RequirePermissions('orders:update') @Resource(OrderById)
 * update(@CurrentResource() order: Order) {}
 */
export const Resource = (source: LoaderClass | ResourceFunction, options: ResourceOptions = {}): RequirementDecorator => {
  const written = `@Resource(${nameOf(source)})`;
  return targetDecorator(written, (target, place) => {
    const rule = { ...ruleOf(source, place), notFoundIfDenied: hidesIn(options, place) };
    const other = resourceOn(target);
    if (other !== undefined)
      throw new AuthzConfigError(
        'AUTHZ_CONTRADICTION',
        `${place} is ${written} and @Resource(${other.name}) at once. Remove one of them.`,
      );
    Reflect.defineMetadata(RESOURCE, rule, target);
  });
};

/** Returns the rule set on just this class or method. */
export function resourceOn(target: object): ResourceRule | undefined {
  return Reflect.getOwnMetadata(RESOURCE, target) as ResourceRule | undefined;
}

function ruleOf(source: LoaderClass | ResourceFunction, place: string): Pick<ResourceRule, 'name' | 'source'> {
  const name = nameOf(source);
  if (typeof source !== 'function')
    throw new AuthzConfigError(
      'AUTHZ_DECORATOR',
      `${place}: @Resource() must have a class that implements ResourceLoader, or a function such as (request) => request.body, got ${shown(source)}.`,
    );
  return { name, source: isLoaderClass(source) ? { kind: 'loader', type: source } : { kind: 'function', read: source } };
}

function hidesIn(options: unknown, place: string): boolean {
  const given = isRecord(options) ? options['notFoundIfDenied'] : null;
  const others = isRecord(options) ? Object.keys(options).filter((name) => name !== 'notFoundIfDenied') : [];
  if (others.length === 0 && (given === undefined || typeof given === 'boolean')) return given ?? false;
  throw new AuthzConfigError(
    'AUTHZ_DECORATOR',
    `${place}: the options of @Resource() must be { notFoundIfDenied: true } or none, got ${shown(options)}.`,
  );
}

/** A loader may be an abstract class, so its methods are no sign of a class. An old compiler writes classes as functions. */
function isLoaderClass(source: LoaderClass | ResourceFunction): source is LoaderClass {
  const prototype: unknown = source.prototype;
  if (isRecord(prototype) && typeof prototype['load'] === 'function') return true;
  return /^class\b/.test(Function.prototype.toString.call(source));
}

function nameOf(source: unknown): string {
  return typeof source === 'function' ? source.name || 'a function' : shown(source);
}
