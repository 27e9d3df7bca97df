/**
 * The names an application declares once so that the compiler knows them everywhere: decorators, mapping, `authz.can()`.
 * Empty by default, and then every name is a plain string.
 *
 * @example
 * declare module 'nestjs-authz' {
 *   interface AuthzTypes {
 *     permissions: 'orders:read' | 'orders:create';
 *   }
 * }
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- exists to be augmented
export interface AuthzTypes {}
