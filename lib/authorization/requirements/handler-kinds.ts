import 'reflect-metadata';
import type { HandlerKind, TransportDescription } from '../transports/transport.interface.js';
import type { Class, Handler } from './requirement-metadata.js';

/** Recognises the handlers of all transports by the metadata that decorators leave on them. */
export class HandlerKinds {
  /** The kinds of all transports, in their order. */
  readonly all: readonly HandlerKind[];
  private readonly connectionMetadata: readonly (string | symbol)[];

  constructor(transports: readonly (TransportDescription & { readonly connectionMetadata?: string | symbol })[]) {
    this.all = transports.flatMap(({ handlerKinds }) => handlerKinds);
    this.connectionMetadata = transports.flatMap(({ connectionMetadata }) => connectionMetadata ?? []);
  }

  /** Returns the first kind that a method is of; `undefined`: the method is no handler. */
  of(method: Handler): HandlerKind | undefined {
    return this.all.find(({ metadata }) => Reflect.hasMetadata(metadata, method));
  }

  /** Returns every kind that a method is of, in the order of the transports: calls of each may reach it. */
  allOf(method: Handler): readonly HandlerKind[] {
    return this.all.filter(({ metadata }) => Reflect.hasMetadata(metadata, method));
  }

  /** Returns whether clients connect to a class before any of its handlers is called: a WebSocket gateway. */
  isConnectedTo(type: Class): boolean {
    return this.connectionMetadata.some((metadata) => Reflect.hasMetadata(metadata, type));
  }
}
