import type { KafkaRetriableException, RpcException } from '@nestjs/microservices';
import type { RpcContextCreator } from '@nestjs/microservices/context/rpc-context-creator.js';
import { isMissing, missingPackage } from '../../core/index.js';

/** The classes of @nestjs/microservices that the transport needs. */
interface NestMicroservices {
  readonly KafkaRetriableException: typeof KafkaRetriableException;
  readonly RpcContextCreator: typeof RpcContextCreator;
  readonly RpcException: typeof RpcException;
}

const PACKAGE = '@nestjs/microservices';
let loaded: NestMicroservices | undefined;

/** Loads the optional package, only in applications with message handlers: nothing that AuthzModule always loads imports it. */
export async function loadNestMicroservices(): Promise<NestMicroservices> {
  // In a `try` block: bundlers then treat the package as optional.
  try {
    const { KafkaRetriableException, RpcException } = await import('@nestjs/microservices');
    const { RpcContextCreator } = await import('@nestjs/microservices/context/rpc-context-creator.js');
    return (loaded = { KafkaRetriableException, RpcContextCreator, RpcException });
  } catch (error) {
    throw isMissing(error, PACKAGE) ? missingPackage(PACKAGE) : error;
  }
}

/** Returns the loaded classes. */
export function nestMicroservices(): NestMicroservices {
  if (loaded === undefined) throw new Error('@nestjs/microservices is not loaded: loadNestMicroservices() must be called first.');
  return loaded;
}
