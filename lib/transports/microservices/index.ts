export { AuthzRpcException } from './authz-rpc.exception.js';
export { AuthzClientProxy, type MessageClient } from './client/authz-client-proxy.js';
export { grpcInterceptor, type GrpcInterceptor } from './client/grpc-interceptor.js';
export { enclose, ENVELOPE, WIRE_FIELDS, type Envelope, type WireField, type WireFields } from './wire.js';
