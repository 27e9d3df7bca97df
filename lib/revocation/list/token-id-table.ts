import { agreedSubject } from '../rules/merge-entries.js';

/** A revoked token's id, as stored. */
export interface TokenIdRecord {
  readonly id: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly subject: string | undefined;
}

/**
 * Records lie one after the other in chunks of this many bytes (1 MiB). The first chunk begins small and grows, so that an issuer with few ids
 * costs little. A record's place is counted in words of four bytes, so that 32 bits address 16 GiB.
 */
const CHUNK_BYTES = 1 << 20;
const CHUNK_WORD_BITS = 18;
const WORD_MASK = (1 << CHUNK_WORD_BITS) - 1;
const FIRST_BYTES = 1024;
/** Length of the id, and a flag whether a subject follows (2 bytes), expiry (4), moment of revocation (6). */
const HEADER_BYTES = 12;
const HAS_SUBJECT = 0x8000;

/** Slot values without a record: never used, and freed. Any other value is the record's place plus 1. */
const EMPTY = 0;
const GONE = 0xffff_ffff;
/** Look-ups become slow beyond this share of used slots. */
const MAX_LOAD = 0.6;
const MIN_SLOTS = 16;

/** Random, so that an attacker who chooses ids cannot make them collide. */
const SEED = (Math.random() * 0x1_0000_0000) | 0;

/**
 * Stores the ids of revoked tokens exactly, each with its expiry. Open addressing over byte offsets: a Set or Map of strings costs twice the
 * memory and gives the garbage collector a million objects to visit.
 */
export class TokenIdTable {
  private slots = new Uint32Array(MIN_SLOTS);
  private chunks: Buffer[] = [];
  /** Offset of the next record, in bytes. */
  private end = 0;
  private live = 0;
  /** Slots that have a record or had one. */
  private used = 0;
  /** Slot at which {@link sweep} continues. */
  private swept = 0;

  get size(): number {
    return this.live;
  }

  has(id: string): boolean {
    return this.live > 0 && this.slotOf(id) !== undefined;
  }

  /** Returns the record of an id. */
  get(id: string): TokenIdRecord | undefined {
    const slot = this.slotOf(id);
    return slot === undefined ? undefined : this.record((this.slots[slot] ?? 0) - 1);
  }

  /** Stores an id. A second record of the same id is merged with the first. */
  set({ id, expiresAt, madeAt, subject }: TokenIdRecord): void {
    const known = this.get(id);
    if (known !== undefined) {
      if (known.expiresAt >= expiresAt && known.madeAt >= madeAt) return;
      this.delete(id);
      this.set({
        id,
        expiresAt: Math.max(expiresAt, known.expiresAt),
        madeAt: Math.max(madeAt, known.madeAt),
        subject: agreedSubject(subject, known.subject),
      });
      return;
    }
    if (this.used >= this.slots.length * MAX_LOAD) this.resize();
    this.insert(id, this.write(id, expiresAt, madeAt, subject));
  }

  delete(id: string): boolean {
    const slot = this.slotOf(id);
    if (slot === undefined) return false;
    this.forget(slot);
    return true;
  }

  /**
   * Removes expired records, a part of the table at a time.
   * @param until Records that expired by then are removed, in seconds since 1970.
   * @param most Slots to visit.
   */
  sweep(until: number, most: number): void {
    for (let looked = 0; looked < Math.min(most, this.slots.length); looked++) {
      if (this.swept >= this.slots.length) this.swept = 0;
      const place = this.slots[this.swept] ?? EMPTY;
      if (place !== EMPTY && place !== GONE && this.expiry(place - 1) <= until) this.forget(this.swept);
      this.swept++;
    }
    if (this.used > 2 * this.live + MIN_SLOTS) this.resize();
  }

  /** Every id. Ids added or removed during the iteration may or may not be included. */
  *records(): Generator<TokenIdRecord> {
    const { slots, chunks } = this;
    for (const place of slots) if (place !== EMPTY && place !== GONE) yield recordAt(chunks, place - 1);
  }

  private forget(slot: number): void {
    this.slots[slot] = GONE;
    this.live--;
  }

  private slotOf(id: string): number | undefined {
    const mask = this.slots.length - 1;
    for (let slot = hash(id) & mask; ; slot = (slot + 1) & mask) {
      const place = this.slots[slot] ?? EMPTY;
      if (place === EMPTY) return undefined;
      if (place !== GONE && this.isAt(place - 1, id)) return slot;
    }
  }

  private insert(id: string, place: number): void {
    const mask = this.slots.length - 1;
    let slot = hash(id) & mask;
    while (this.slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    this.slots[slot] = place + 1;
    this.used++;
    this.live++;
  }

  /** Copies the records into new arrays, without removed ones. Running iterators go on with the old arrays. */
  private resize(): void {
    const { slots, chunks } = this;
    const isCrowded = this.live >= (slots.length * MAX_LOAD) / 2;
    const isSparse = this.live < slots.length / 8;
    const areMostlyGone = this.used > 2 * this.live;
    this.slots = new Uint32Array(isCrowded ? slots.length * 2 : isSparse ? fitting(this.live) : slots.length);
    if (areMostlyGone) {
      this.chunks = [];
      this.end = 0;
    }
    this.live = 0;
    this.used = 0;
    this.swept = 0;
    for (const place of slots) {
      if (place === EMPTY || place === GONE) continue;
      const { id, expiresAt, madeAt, subject } = recordAt(chunks, place - 1);
      this.insert(id, areMostlyGone ? this.write(id, expiresAt, madeAt, subject) : place - 1);
    }
  }

  private write(id: string, expiresAt: number, madeAt: number, subject: string | undefined): number {
    const idBytes = Buffer.byteLength(id);
    const subjectBytes = subject === undefined ? 0 : 2 + Buffer.byteLength(subject);
    const place = this.placeFor(HEADER_BYTES + idBytes + subjectBytes);
    const chunk = this.chunks[place >>> CHUNK_WORD_BITS] ?? EMPTY_CHUNK;
    let at = (place & WORD_MASK) << 2;
    at = chunk.writeUInt16LE(subject === undefined ? idBytes : idBytes | HAS_SUBJECT, at);
    at = chunk.writeUInt32LE(Math.min(Math.ceil(expiresAt), GONE), at);
    at = chunk.writeUIntLE(Math.floor(madeAt), at, 6);
    at += chunk.write(id, at);
    if (subject !== undefined) chunk.write(subject, chunk.writeUInt16LE(subjectBytes - 2, at));
    return place;
  }

  private placeFor(bytes: number): number {
    if (this.chunks.length * CHUNK_BYTES - this.end < bytes) {
      this.end = this.chunks.length * CHUNK_BYTES;
      this.chunks.push(Buffer.allocUnsafeSlow(this.chunks.length === 0 ? FIRST_BYTES : CHUNK_BYTES));
    }
    const place = this.end / 4;
    this.end += Math.ceil(bytes / 4) * 4;
    this.growFor(this.end - (this.chunks.length - 1) * CHUNK_BYTES);
    return place;
  }

  /** Offsets do not change. */
  private growFor(bytes: number): void {
    const last = this.chunks.at(-1);
    if (last === undefined || last.length >= bytes) return;
    const grown = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, Math.max(bytes, 2 * last.length)));
    last.copy(grown);
    this.chunks[this.chunks.length - 1] = grown;
  }

  private isAt(place: number, id: string): boolean {
    const chunk = this.chunks[place >>> CHUNK_WORD_BITS] ?? EMPTY_CHUNK;
    const at = (place & WORD_MASK) << 2;
    const length = ((chunk[at] ?? 0) | ((chunk[at + 1] ?? 0) << 8)) & ~HAS_SUBJECT;
    const from = at + HEADER_BYTES;
    if (length !== id.length) return length > id.length && chunk.toString('utf8', from, from + length) === id;
    // `write` returned as many bytes as the string has characters: equal only if each one is ASCII.
    for (let index = 0; index < length; index++) {
      const byte = chunk[from + index] ?? 0;
      if (byte !== id.charCodeAt(index) || byte > 0x7f) return false;
    }
    return true;
  }

  private expiry(place: number): number {
    return (this.chunks[place >>> CHUNK_WORD_BITS] ?? EMPTY_CHUNK).readUInt32LE(((place & WORD_MASK) << 2) + 2);
  }

  private record(place: number): TokenIdRecord {
    return recordAt(this.chunks, place);
  }
}

const EMPTY_CHUNK = Buffer.alloc(HEADER_BYTES);

function recordAt(chunks: readonly Buffer[], place: number): TokenIdRecord {
  const chunk = chunks[place >>> CHUNK_WORD_BITS] ?? EMPTY_CHUNK;
  const at = (place & WORD_MASK) << 2;
  const lengths = chunk.readUInt16LE(at);
  const idEnd = at + HEADER_BYTES + (lengths & ~HAS_SUBJECT);
  const hasSubject = (lengths & HAS_SUBJECT) !== 0;
  return {
    id: chunk.toString('utf8', at + HEADER_BYTES, idEnd),
    expiresAt: chunk.readUInt32LE(at + 2),
    madeAt: chunk.readUIntLE(at + 6, 6),
    subject: hasSubject ? chunk.toString('utf8', idEnd + 2, idEnd + 2 + chunk.readUInt16LE(idEnd)) : undefined,
  };
}

function fitting(count: number): number {
  let slots = MIN_SLOTS;
  while (slots * MAX_LOAD < 2 * count) slots *= 2;
  return slots;
}

/** FNV-1a over the UTF-16 code units, then the finalizer of MurmurHash3, so that the lowest bits depend on every unit. */
function hash(id: string): number {
  let value = SEED;
  for (let index = 0; index < id.length; index++) value = Math.imul(value ^ id.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
