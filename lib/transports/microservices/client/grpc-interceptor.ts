import type { Outbound, OutboundTarget } from '../../../outbound/index.js';
import { DeferredCall, type GrpcCall } from './deferred-call.js';

/** A client interceptor of `@grpc/grpc-js`. Not imported: only users of gRPC have its types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- its call is a class with private members, which only that class is assignable to
export type GrpcInterceptor = (options: any, nextCall: (options: any) => any) => any;

/**
 * Adds the token of a target to the metadata of each call, of any kind. Without a token nothing is sent: the call ends with status UNAUTHENTICATED or
 * UNAVAILABLE, or with DEADLINE_EXCEEDED if its deadline passes first.
 *
 * @example
 * ClientsModule.registerAsync([{
 *   name: 'INVOICES',
 *   inject: [Outbound],
 *   useFactory: (outbound: Outbound) => ({
 *     transport: Transport.GRPC,
 *     options: { package: 'invoices', protoPath, url, channelOptions: { interceptors: [grpcInterceptor(outbound, 'invoices')] } },
 *   }),
 * }])
 */
export function grpcInterceptor(outbound: Pick<Outbound, 'headers'>, target: OutboundTarget): GrpcInterceptor {
  return (options: unknown, nextCall: (options: unknown) => GrpcCall) =>
    new DeferredCall(
      () => nextCall(options),
      () => outbound.headers(target),
      (options as { readonly deadline?: number | Date | null } | undefined)?.deadline ?? undefined,
    );
}
