import { PATH_METADATA } from '@nestjs/common/constants.js';
import { type DiscoveryService, type MetadataScanner } from '@nestjs/core';
import type { Requirement } from '../core/index.js';
import type { HandlerRequirements } from './handler-requirements.js';
import type { Class, Handler } from './requirement-metadata.js';

/** A route handler of the application and what it asks for. */
export interface FoundHandler {
  /** `OrdersController.list` */
  readonly name: string;
  readonly requirement: Requirement;
}

/** Finds every route handler and compiles what it asks for. @throws AuthzConfigError at the first whose decorators contradict each other. */
export function findHandlers(
  discovery: DiscoveryService,
  scanner: MetadataScanner,
  requirements: HandlerRequirements,
): readonly FoundHandler[] {
  const controllers = new Set(discovery.getControllers().map(({ metatype }) => metatype as unknown));
  return [...controllers].filter(isClass).flatMap((controller) => {
    const prototype = controller.prototype as Record<string, unknown>;
    return scanner
      .getAllMethodNames(prototype)
      .map((name) => [name, prototype[name]] as const)
      .filter((method): method is [string, Handler] => isRoute(method[1]))
      .map(([name, handler]) => ({ name: `${controller.name}.${name}`, requirement: requirements.of(controller, handler) }));
  });
}

function isClass(value: unknown): value is Class {
  return typeof value === 'function';
}

function isRoute(method: unknown): boolean {
  return typeof method === 'function' && Reflect.hasMetadata(PATH_METADATA, method);
}
