import {
  BadGatewayException,
  ConflictException,
  ForbiddenException,
  Inject,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import { AuthzClientProxy } from 'nestjs-authz/microservices';
import { Outbound } from 'nestjs-authz/outbound';
import { catchError, lastValueFrom, timeout } from 'rxjs';
import { setting } from '../setting.js';

/** The catalog's TCP port, as a client of Nest. */
export const CATALOG_TCP = Symbol('catalog over TCP');

const TIMEOUT_MS = 2000;

/** The part of a product that orders uses. */
export interface CatalogProduct {
  readonly name: string;
}

/** Calls the catalog as the caller of the current request: the library forwards the caller's token, whose audience includes the catalog. */
@Injectable()
export class CatalogClient {
  private readonly url = setting('CATALOG_URL');
  private readonly fetch: typeof fetch;
  private readonly messages: AuthzClientProxy;

  constructor(outbound: Outbound, @Inject(CATALOG_TCP) client: ClientProxy) {
    this.fetch = outbound.fetch('catalog');
    this.messages = new AuthzClientProxy(client, outbound, 'catalog');
  }

  async product(sku: string): Promise<CatalogProduct> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await this.fetch(`${this.url}/products/${encodeURIComponent(sku)}`, { signal }).catch((cause: unknown) => {
      throw new BadGatewayException('The catalog is unreachable', { cause });
    });
    if (response.status === 404) throw new NotFoundException(`There is no product ${sku}`);
    if (!response.ok) throw new BadGatewayException(`The catalog returned ${response.status}`);
    const { name } = (await response.json()) as CatalogProduct;
    return { name };
  }

  /** Reserves stock, over TCP. */
  async reserve(sku: string, quantity: number): Promise<void> {
    const response = this.messages.send('stock.reserve', { sku, quantity }).pipe(timeout(TIMEOUT_MS), catchError(toHttp));
    await lastValueFrom(response);
  }
}

/** Converts an error over TCP: it contains the status for HTTP. */
function toHttp(error: unknown): never {
  const { statusCode, message = 'The catalog is unreachable' } = error as { statusCode?: number; message?: string };
  if (statusCode === 404) throw new NotFoundException(message);
  if (statusCode === 409) throw new ConflictException(message);
  if (statusCode === 403) throw new ForbiddenException('The catalog refused the reservation');
  throw new BadGatewayException(message, { cause: error });
}
