import { PATH_METADATA } from '@nestjs/common/constants.js';
import { type DiscoveryService, type MetadataScanner } from '@nestjs/core';
import type { HandlerRule, HandlerRules } from './handler-rules.js';
import type { Class, Handler } from './requirement-metadata.js';

/** Finds every route handler and compiles its rule. @throws AuthzConfigError at the first whose decorators contradict each other. */
export function findHandlers(discovery: DiscoveryService, scanner: MetadataScanner, rules: HandlerRules): readonly HandlerRule[] {
  const controllers = new Set(discovery.getControllers().map(({ metatype }) => metatype as unknown));
  return [...controllers].filter(isClass).flatMap((controller) => {
    const prototype = controller.prototype as Record<string, unknown>;
    return scanner
      .getAllMethodNames(prototype)
      .map((name) => prototype[name])
      .filter(isRoute)
      .map((handler) => rules.of(controller, handler));
  });
}

function isClass(value: unknown): value is Class {
  return typeof value === 'function';
}

function isRoute(method: unknown): method is Handler {
  return typeof method === 'function' && Reflect.hasMetadata(PATH_METADATA, method);
}
