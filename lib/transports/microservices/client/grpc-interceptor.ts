import type { Outbound, OutboundTarget } from '../../../outbound/index.js';
import { DeferredCall, type GrpcCall } from './deferred-call.js';

/** A client interceptor as `@grpc/grpc-js` has it, whose types only users of gRPC have. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- its call is a class with private members, which only that very class fits
export type GrpcInterceptor = (options: any, nextCall: (options: any) => any) => any;

/**
 * Puts the token of a target into the metadata of each call, of any kind. Where there is no token, the call ends with status UNAUTHENTICATED or UNAVAILABLE, or with
 * DEADLINE_EXCEEDED where its deadline passes before there is one, and nothing is sent.
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
