import type { KafkaRetriableException, RpcException } from '@nestjs/microservices';
import type { RpcContextCreator } from '@nestjs/microservices/context/rpc-context-creator.js';
import { isMissing, missingPackage } from '../../core/index.js';

/** The classes of @nestjs/microservices that opening messages takes. */
interface NestMicroservices {
  readonly KafkaRetriableException: typeof KafkaRetriableException;
  readonly RpcContextCreator: typeof RpcContextCreator;
  readonly RpcException: typeof RpcException;
}

const PACKAGE = '@nestjs/microservices';
let loaded: NestMicroservices | undefined;

/** Loads the optional package where an application has handlers of messages: nothing on the way from AuthzModule imports it otherwise. */
export async function loadNestMicroservices(): Promise<NestMicroservices> {
  // Bundlers take an import that is tried for one that may be missing.
  try {
    const { KafkaRetriableException, RpcException } = await import('@nestjs/microservices');
    const { RpcContextCreator } = await import('@nestjs/microservices/context/rpc-context-creator.js');
    return (loaded = { KafkaRetriableException, RpcContextCreator, RpcException });
  } catch (error) {
    throw isMissing(error, PACKAGE) ? missingPackage(PACKAGE) : error;
  }
}

/** What has been loaded. */
export function nestMicroservices(): NestMicroservices {
  if (loaded === undefined) throw new Error('No handler of messages was opened.');
  return loaded;
}
