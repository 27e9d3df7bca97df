// The only route of every server of the bench, and its module. Without TypeScript, decorators are called as functions.
import { Controller, Get, Module } from '@nestjs/common';

/** Creates a controller with one route that has these decorators. */
export function orders(...decorators) {
  class Orders {
    list() {
      return { orders: [] };
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, 'list');
  for (const decorator of [Get(), ...decorators]) decorator(Orders.prototype, 'list', descriptor);
  Controller('orders')(Orders);
  return Orders;
}

/** Creates a module with this metadata. */
export function moduleOf(metadata) {
  class AppModule {}
  Module(metadata)(AppModule);
  return AppModule;
}
