import { All, Controller, Get, Sse, type MessageEvent } from '@nestjs/common';
import { Mutation, Query, ResolveField, ResolveReference, Subscription } from '@nestjs/graphql';
import { EventPattern, GrpcMethod, GrpcStreamMethod, MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { EMPTY, type Observable } from 'rxjs';
import { entryKindOf, isGateway, isMessageHandler } from '../../../../lib/authorization/requirements/entry-kind.js';

@Controller()
class Everything {
  @Get() route() {
    return 1;
  }
  @All() anyRoute() {
    return 1;
  }
  @Sse() events(): Observable<MessageEvent> {
    return EMPTY;
  }
  @MessagePattern('a') message() {
    return 1;
  }
  @EventPattern('a') event(data: unknown) {
    return data;
  }
  @GrpcMethod('Orders') grpc() {
    return 1;
  }
  @GrpcStreamMethod('Orders') grpcStream() {
    return 1;
  }
  @SubscribeMessage('a') socket() {
    return 1;
  }
  @Query(() => String) query() {
    return 1;
  }
  @Mutation(() => String) mutation() {
    return 1;
  }
  @Subscription(() => String) subscription() {
    return 1;
  }
  @ResolveReference() reference() {
    return 1;
  }
  @ResolveField() field() {
    return 1;
  }
  @Get() @MessagePattern('a') both() {
    return 1;
  }
  plain() {
    return 1;
  }
}

@WebSocketGateway()
class Gateway {
  readonly isGateway = true;
}
class DerivedGateway extends Gateway {}

describe('how a method is called from outside', () => {
  it.each([
    ['route', 'route'],
    ['anyRoute', 'route'],
    ['events', 'route'],
    ['message', 'message'],
    ['event', 'message'],
    ['grpc', 'message'],
    ['grpcStream', 'message'],
    ['socket', 'socket'],
    ['query', 'operation'],
    ['mutation', 'operation'],
    ['subscription', 'operation'],
    ['reference', 'operation'],
    ['field', 'field'],
    ['both', 'route'],
    ['plain', undefined],
  ] as const)('%s: %s', (name, kind) => {
    expect(entryKindOf(Everything.prototype[name])).toBe(kind);
  });

  it('knows a handler of messages whatever else it is', () => {
    const { both, message, grpc, route, plain } = Everything.prototype;
    expect([both, message, grpc, route, plain].map(isMessageHandler)).toEqual([true, true, true, false, false]);
  });

  it('knows a gateway, and one that is made of it', () => {
    expect([Gateway, DerivedGateway, Everything].map(isGateway)).toEqual([true, true, false]);
  });
});
