/**
 * Declares the permission names of an application, so that the compiler checks them in decorators, the mapping and `authz.can()`.
 * Default: empty; every string is then accepted.
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
