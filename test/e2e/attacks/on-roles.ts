import type { Attack, AttackGroup } from './attack.js';
import { bearing } from './attack.js';

const TYPE = 'a role claim of another type is neither an error nor a match by accident';
const UNREADABLE = 'a role claim that cannot be read grants nothing: the role that denies could be in it';
const LITERAL = 'names of a token are literals; patterns stand in the mapping only';
const OWN = 'names that every object has are ordinary names, which grant nothing';
const ELSEWHERE = 'roles are read from the claim that the settings name';

const roles = (name: string, why: string, value: unknown): Attack => [
  name,
  why,
  'permission_missing',
  (kit) => kit.token({ claims: { roles: value } }),
];

const unreadable = (name: string, value: unknown): Attack => [
  `roles ${name}`,
  UNREADABLE,
  'claim_unreadable',
  (kit) => kit.token({ claims: { roles: value } }),
];

const scopes = (name: string, value: unknown): Attack => [
  `scope ${name}`,
  TYPE,
  'scope_missing',
  (kit) => bearing(kit.token({ claims: { scope: value } }), '/scoped'),
];

const PROTOTYPE = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', 'prototype', '__defineGetter__'];

export const onRoles: AttackGroup = {
  on: 'roles and scopes',
  attacks: [
    roles('roles missing', TYPE, undefined),
    roles('roles null', TYPE, null),
    unreadable('true', true),
    unreadable('a number', 1),
    unreadable('a string', 'viewer'),
    unreadable('a string with a list in it', '["viewer"]'),
    unreadable('a string with several', 'viewer,clerk'),
    unreadable('an object', { viewer: true }),
    unreadable('an object like a list', { 0: 'viewer', length: 1 }),
    roles('roles an empty list', TYPE, []),
    unreadable('a list in a list', [['viewer']]),
    unreadable('a list of objects', [{ name: 'viewer' }]),
    unreadable('a list of null', [null, 1, true, {}]),
    unreadable('a list of what turns into a name', [{ toString: 'viewer' }]),
    unreadable('with others among them', [null, 1, ['clerk'], 'viewer', 'constructor']),
    unreadable('with an empty one among them', ['viewer', '']),
    unreadable('with one of 257 characters among them', ['viewer', 'v'.repeat(257)]),
    unreadable('of 501 with a good one', [...Array.from({ length: 500 }, (_, index) => `r${index}`), 'viewer']),
    unreadable('of 257 characters', ['v'.repeat(257)]),
    roles('a role in capitals', LITERAL, ['VIEWER']),
    roles('a role with a blank', LITERAL, ['viewer ']),
    roles('a role with a NUL', LITERAL, ['viewer\u0000']),
    roles('a role with an invisible sign', LITERAL, ['view\u200ber']),
    roles('a role with a letter that looks the same', LITERAL, ['vi\u0435wer']),
    roles('a role that contains a good one', LITERAL, ['viewers', 'xviewer', 'viewer,']),
    roles('a prefix of a role', LITERAL, ['view']),
    roles('a wildcard as role', LITERAL, ['*', '**', 'view*', '.*', '%']),
    roles('permissions as roles', LITERAL, ['orders:read', 'orders:*', '*']),
    ...PROTOTYPE.map((name) => roles(`role ${name}`, OWN, [name])),
    [
      'roles in __proto__',
      'claims are read as own properties and never merged',
      'permission_missing',
      (kit) =>
        kit.token({ claims: { roles: undefined }, rawClaims: (json) => json.replace('{', '{"__proto__":{"roles":["viewer"]},') }),
    ],
    [
      'roles in constructor.prototype',
      'claims are read as own properties and never merged',
      'permission_missing',
      (kit) => kit.token({ claims: { roles: undefined, constructor: { prototype: { roles: ['viewer'] } } } }),
    ],
    ...['Roles', 'role', 'groups', 'permissions', 'authorities', 'entitlements', 'realm_access', 'https://acme.com/roles'].map(
      (claim): Attack => [
        `roles in ${claim}`,
        ELSEWHERE,
        'permission_missing',
        (kit) =>
          kit.token({ claims: { roles: undefined, [claim]: claim === 'realm_access' ? { roles: ['viewer'] } : ['viewer'] } }),
      ],
    ),
    [
      'permissions in a claim',
      'permissions of a token count only where the settings say so',
      'permission_missing',
      (kit) => kit.token({ claims: { roles: [], permissions: ['orders:read'], scope: 'orders:read' } }),
    ],
    [
      'a role that the handler asks for, by the name of another claim',
      ELSEWHERE,
      'role_missing',
      (kit) => bearing(kit.token({ claims: { role: 'constructor', groups: ['constructor'] } }), '/named'),
    ],
    [
      'a permission with a name that every object has',
      OWN,
      'permission_missing',
      (kit) => bearing(kit.token({ claims: { roles: PROTOTYPE } }), '/prototype'),
    ],
    scopes('missing', undefined),
    scopes('null', null),
    scopes('a number', 1),
    scopes('true', true),
    scopes('an object', { read: true }),
    scopes('a list in a list', [['read']]),
    scopes('in capitals', 'READ'),
    scopes('with a comma', 'read,write'),
    scopes('that contains a good one', 'reader unread read:all'),
    scopes('with a tab', 'write\tread'),
    scopes('a wildcard', '*'),
    scopes('empty', ''),
  ],
};
