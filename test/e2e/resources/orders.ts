import { HttpException, Injectable } from '@nestjs/common';
import type { AuthzPolicy, PolicyCall, ResourceCall, ResourceLoader } from '../../../lib/index.js';
import { PermissionSet, type Condition, type ConditionalRule } from '../../../lib/core/index.js';
import { attribute, equals, literal, principal, resource } from '../../unit/core/conditions/conditions.js';

export interface Order {
  readonly id: string;
  readonly ownerId: string;
  readonly amount: unknown;
}

/** The orders of these tests, by id. */
export const ORDERS: Readonly<Record<string, Order>> = {
  mine: { id: 'mine', ownerId: 'test-subject', amount: 10 },
  other: { id: 'other', ownerId: 'bob', amount: 10 },
  text: { id: 'text', ownerId: 'test-subject', amount: '10' },
};

function throwsAnything(): never {
  throw new Error('a trap');
}

/** What a loader was asked for, and what it does for some ids. */
@Injectable()
export class OrderById implements ResourceLoader {
  static asked: unknown[] = [];

  load({ params }: ResourceCall): never {
    const id = String(params['id']);
    OrderById.asked.push(id);
    if (id.startsWith('status-')) throw new HttpException('by Nest', Number(id.slice('status-'.length)));
    return this.found(id) as never;
  }

  private found(id: string): unknown {
    switch (id) {
      case 'hangs':
        return new Promise(() => undefined);
      case 'throws':
        throw new Error('no connection');
      case 'rejects':
        return Promise.reject(new Error('no connection'));
      case 'trap':
        throw Object.defineProperty(new Error(), 'message', { get: throwsAnything });
      case 'null':
        return null;
      case 'primitive':
        return 'an order';
      case 'thenable':
        return { then: (resolve: (value: unknown) => void) => resolve(ORDERS['mine']) };
      case 'getter':
        return Object.defineProperty({ id }, 'ownerId', {
          get: () => {
            throw new Error('a getter of an entity');
          },
        });
      case 'slow':
        return new Promise((resolve) => setImmediate(resolve, ORDERS['mine']));
      default:
        return ORDERS[id];
    }
  }
}

@Injectable()
export class OwnsOrder implements AuthzPolicy<Order> {
  evaluate({ principal: { subject }, resource: order }: PolicyCall<Order>): boolean {
    return order.ownerId === subject;
  }
}

/** Does what the parameter `policy` says. */
@Injectable()
export class Told implements AuthzPolicy {
  evaluate({ params }: PolicyCall): boolean | Promise<boolean> {
    switch (params['policy']) {
      case 'hangs':
        return new Promise(() => undefined);
      case 'throws':
        throw new Error('no connection');
      case 'rejects':
        return Promise.reject(new Error('no connection'));
      case '1':
        return 1 as never;
      case 'late':
        return new Promise((resolve) => setImmediate(resolve, true));
      default:
        return params['policy'] === 'true';
    }
  }
}

const rule = (permission: string, when: string, condition: Condition): ConditionalRule => ({ permission, when, condition });

const OWN = equals(resource('ownerId'), principal('subject'));
const SMALL = { kind: 'compare', comparator: '<', left: resource('amount', 'number'), right: literal(100) } as const;
const OFFICE = equals(attribute('context', 'ip'), literal('office'));

/** The permissions of each role, with conditions. */
const GRANTS: Readonly<Record<string, { plain?: string[]; grants?: ConditionalRule[]; denials?: ConditionalRule[] }>> = {
  admin: { plain: ['*'] },
  clerk: { grants: [rule('orders:update', 'resource.ownerId == principal.subject', OWN)] },
  small: { grants: [rule('orders:update', 'resource.amount < 100', SMALL)] },
  office: { grants: [rule('orders:update', 'context.ip == "office"', OFFICE)] },
  stepping: { plain: ['orders:update'] },
};

/** Which permissions the roles give, in place of a mapping. */
export const provider = {
  permissionsFor(roles: readonly string[]) {
    const given = roles.flatMap((role) => GRANTS[role] ?? []);
    return new PermissionSet(
      given.flatMap(({ plain = [] }) => plain),
      [],
      'r1',
      {
        conditionalGrants: given.flatMap(({ grants = [] }) => grants),
        conditionalDenials: given.flatMap(({ denials = [] }) => denials),
      },
    );
  },
};
