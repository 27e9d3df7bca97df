// The one route of every server of the bench, and the module around it. Without TypeScript: decorators are functions.
import { Controller, Get, Module } from '@nestjs/common';

/** Makes a controller with one route, which carries these decorators. */
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

/** Makes a module with this metadata. */
export function moduleOf(metadata) {
  class AppModule {}
  Module(metadata)(AppModule);
  return AppModule;
}
