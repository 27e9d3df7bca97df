import { BadGatewayException, Injectable, NotFoundException } from '@nestjs/common';
import { setting } from '../setting.js';

/** What orders needs of a product. */
export interface CatalogProduct {
  readonly name: string;
}

@Injectable()
export class CatalogClient {
  private readonly url = setting('CATALOG_URL');

  /** Asks as the caller: `token` is the access token that the request to this service carried. */
  async product(sku: string, token: string): Promise<CatalogProduct> {
    const response = await fetch(`${this.url}/products/${encodeURIComponent(sku)}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(2000),
    }).catch((cause: unknown) => {
      throw new BadGatewayException('The catalog does not answer', { cause });
    });
    if (response.status === 404) throw new NotFoundException(`There is no product ${sku}`);
    if (!response.ok) throw new BadGatewayException(`The catalog answered ${response.status}`);
    const { name } = (await response.json()) as CatalogProduct;
    return { name };
  }
}
