/** Every object has them, so reading one by a careless way would find something else than an attribute. */
const FORBIDDEN: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Whether no attribute may have a name, since it belongs to JavaScript. */
export function isForbidden(name: string): boolean {
  return FORBIDDEN.includes(name);
}
