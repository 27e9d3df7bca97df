import type { Abstract, Type } from '@nestjs/common';
import type { ResourceFunction, ResourceLoader } from './resource-loader.interface.js';

/** The class of a loader. May be an abstract class, if a module provides another class or a value for it. */
export type LoaderClass = Type<ResourceLoader> | Abstract<ResourceLoader>;

/** How the resource of a handler is found. */
export interface ResourceRule {
  /** Name in messages: `OrderById`. */
  readonly name: string;
  readonly source:
    { readonly kind: 'loader'; readonly type: LoaderClass } | { readonly kind: 'function'; readonly read: ResourceFunction };
  /** Whether callers who may not access the resource get 404 in place of 403. */
  readonly notFoundIfDenied: boolean;
}
