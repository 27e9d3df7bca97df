import { All, Controller, Get, Sse, type MessageEvent } from '@nestjs/common';
import { Mutation, Query, ResolveField, ResolveReference, Subscription } from '@nestjs/graphql';
import { EventPattern, GrpcMethod, GrpcStreamMethod, MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { EMPTY, type Observable } from 'rxjs';
import { HandlerKinds } from '../../../../lib/authorization/index.js';
import { KINDS } from '../handler-kinds.js';

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
    ['events', 'event stream'],
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
    expect(KINDS.of(Everything.prototype[name])?.kind).toBe(kind);
  });

  it('counts a method with the metadata of several transports as one of the first', () => {
    const jobs = { type: 'job', name: 'jobs', handlerKinds: [{ kind: 'job', metadata: 'path' }] };
    expect(new HandlerKinds([jobs]).of(Everything.prototype.both)?.kind).toBe('job');
    expect(new HandlerKinds([]).of(Everything.prototype.both)).toBeUndefined();
  });

  it('knows a gateway, and one that is made of it', () => {
    expect([Gateway, DerivedGateway, Everything].map((type) => KINDS.isConnectedTo(type))).toEqual([true, true, false]);
  });
});
