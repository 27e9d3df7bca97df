import { COMPUTED, importsOf, packageOf, targetOf } from './imports.js';

interface Room {
  /** Rooms that it may enter, by their doors. */
  readonly rooms: readonly string[];
  /** What it may take from outside of `lib/`: packages, and `node:`. */
  readonly outside: readonly string[];
  /** Files that load what their user names. */
  readonly computed?: readonly string[];
}

/** The files of `lib/` itself. */
const ROOT = 'the root files';

const NEST = ['@nestjs/common', '@nestjs/core'];

/** Which room may import what, lowest layer first. A new room, or a new package in a room, is written here before it is used. */
const ROOMS: Readonly<Record<string, Room>> = {
  // Layer 0: pure.
  core: { rooms: [], outside: [] },
  // Signatures, over Node's crypto alone.
  jws: { rooms: ['core'], outside: ['node:'] },
  // Layer 1: held in memory. At most a parser.
  remote: { rooms: [], outside: ['node:'] },
  'http-client': { rooms: ['core'], outside: ['node:'] },
  // Access tokens of this service, as a client of its provider.
  'client-credentials': { rooms: ['core', 'jws', 'remote', 'http-client'], outside: ['node:'] },
  mapping: { rooms: ['core', 'remote'], outside: ['node:', 'yaml'] },
  revocation: { rooms: ['core', 'remote'], outside: ['node:'] },
  // Layer 2: brings the mapping and the revocations from outside. At most one outside package each.
  'http-bundle': {
    rooms: ['core', 'jws', 'remote', 'http-client', 'client-credentials', 'mapping', 'revocation'],
    outside: ['node:'],
  },
  database: { rooms: ['core', 'remote', 'mapping'], outside: ['node:'] }, // the pool is the application's own
  redis: { rooms: ['core', 'mapping', 'revocation'], outside: ['node:'] }, // the client is the application's own
  // Layer 3: what meets requests. Passport, and what verifies, in authentication only.
  authentication: {
    rooms: ['core', 'jws', 'remote', 'http-client', 'mapping'],
    outside: ['node:', 'jwks-rsa', 'passport', 'passport-jwt', '@nestjs/passport'],
  },
  authorization: {
    rooms: ['core', 'mapping', 'revocation', 'authentication'],
    outside: ['node:', ...NEST, '@nestjs/graphql', 'reflect-metadata'],
  },
  // Publishes what http-bundle reads, so the one format has one room: it takes signing from there, whose package is no optional peer.
  'mapping-server': {
    rooms: ['core', 'mapping', 'revocation', 'http-bundle', 'authorization'],
    outside: ['node:', ...NEST, 'rxjs'],
  },
  // Hears of ended sessions from identity providers.
  receivers: {
    rooms: ['core', 'jws', 'remote', 'http-client', 'revocation', 'authentication', 'authorization'],
    outside: ['node:', ...NEST],
  },
  // Transports that not every application has: loaded where it has handlers for them.
  microservices: {
    rooms: ['core', 'authentication', 'authorization', 'outbound'],
    outside: ['node:', ...NEST, '@nestjs/microservices', 'rxjs'],
  },
  websockets: { rooms: ['core', 'authentication', 'authorization'], outside: ['node:', ...NEST, '@nestjs/websockets', 'rxjs'] },
  // The caller's identity on its way to other services.
  outbound: {
    rooms: ['core', 'http-client', 'client-credentials', 'revocation', 'authentication', 'authorization'],
    outside: ['node:', ...NEST],
  },
  // Layer 4: wires the rooms.
  [ROOT]: {
    rooms: ['core', 'jws', 'client-credentials', 'mapping', 'revocation', 'authentication', 'authorization', 'microservices'],
    outside: NEST,
  },
  // Layer 5: nothing imports it.
  testing: {
    rooms: ['core', 'jws', 'mapping', 'authentication', 'authorization', ROOT],
    outside: ['node:', ...NEST, '@nestjs/testing', 'supertest'],
  },
  cli: {
    rooms: [
      ...['core', 'jws', 'remote', 'http-client', 'mapping', 'revocation', 'http-bundle', 'database', 'redis'],
      // Loaded by the command that verifies a token, and by no other.
      ...['authentication', 'authorization', ROOT],
    ],
    outside: ['node:', 'commander', 'csv-parse', 'yaml', 'ioredis', 'mysql2', 'pg'],
    computed: ['cli/why/load-module.ts'],
  },
};

type Sources = ReadonlyMap<string, string>;

/** Every import that the layers forbid, as a sentence. `sources`: the files of `lib/` by path. */
export function breaches(sources: Sources): readonly string[] {
  return [...sources].flatMap(([file, source]) => {
    const room = ROOMS[roomOf(file)];
    if (room === undefined) return [`${file} is in a room that the table does not name`];
    return importsOf(file, source).flatMap(({ specifier }) => {
      const fault = faultOf(room, file, specifier);
      return fault === undefined ? [] : [`${file} imports ${specifier}: ${fault}`];
    });
  });
}

/** Every cycle of imports that exist at run time, as the files it leads through. */
export function cycles(sources: Sources): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' > '));
    if (path.includes(file) || done.has(file)) return;
    for (const target of runTimeTargets(file, sources)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return found;
}

function runTimeTargets(file: string, sources: Sources): readonly string[] {
  return importsOf(file, sources.get(file) ?? '').flatMap(({ specifier, kind }) => {
    const target = targetOf(file, specifier);
    return kind === 'type' || target === undefined || !sources.has(target) ? [] : [target];
  });
}

function faultOf(from: Room, file: string, specifier: string): string | undefined {
  if (specifier === COMPUTED) return computedFault(from, file);
  const target = targetOf(file, specifier);
  if (target === undefined) return from.outside.includes(packageOf(specifier)) ? undefined : 'not in the table of its room';
  if (target === 'index.ts') return 'the front door is for applications';
  if (roomOf(target) === roomOf(file)) return isDoor(target) ? 'inside a room, import the file itself' : undefined;
  if (!from.rooms.includes(roomOf(target))) return 'the layers forbid it';
  return roomOf(target) === ROOT || isDoor(target) ? undefined : 'enter another room by its door';
}

function computedFault({ computed = [] }: Room, file: string): string | undefined {
  return computed.includes(file) ? undefined : 'no reader can tell what that is';
}

function roomOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : ROOT;
}

/** What AuthzModule loads of a room whose index.ts imports an optional peer. */
const INNER_DOOR = 'microservices/open-microservices.ts';

function isDoor(file: string): boolean {
  return file === `${roomOf(file)}/index.ts` || file === INNER_DOOR;
}
