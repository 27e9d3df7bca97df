import { firstValueFrom, from, NEVER, of, Subject, throwError, toArray, type Observable } from 'rxjs';
import { endWithToken } from '../../../../lib/transports/microservices/end-with-token.js';
import { turns } from '../../../waiting/turns.js';

/** A token that ends when requested. */
class Token {
  ended: Error | undefined;
  watches = 0;
  private readonly ends = new Set<(error: Error) => void>();

  endedBy(): Error | undefined {
    return this.ended;
  }

  watch(end: (error: Error) => void): () => void {
    this.watches++;
    this.ends.add(end);
    return () => this.ends.delete(end);
  }

  get watching(): number {
    return this.ends.size;
  }

  end(): void {
    this.ended = new Error('ended');
    for (const end of this.ends) end(this.ended);
  }
}

/** The emissions of a response so far. */
function collected(answer: Observable<unknown>): { emitted: unknown[]; leave(): void } {
  const emitted: unknown[] = [];
  const subscription = answer.subscribe({
    next: (value) => emitted.push(value),
    error: (error: Error) => emitted.push(error.message),
    complete: () => emitted.push('complete'),
  });
  return { emitted, leave: () => subscription.unsubscribe() };
}

describe('a response of one value', () => {
  it.each([
    ['at once', () => of(1)],
    ['later', () => from(turns().then(() => 1))],
  ])('%s, is sent even if the token has expired meanwhile, and is not watched', async (_when, answer) => {
    const token = new Token();
    const value = firstValueFrom(endWithToken(answer(), token, false));
    token.end();
    expect(await value).toBe(1);
    await turns();
    expect(token.watches).toBe(0);
  });

  it('is sent with all values emitted synchronously, and with none', async () => {
    const token = new Token();
    expect(await firstValueFrom(endWithToken(of(1, 2, 3), token, false).pipe(toArray()))).toEqual([1, 2, 3]);
    expect(await firstValueFrom(endWithToken(of(), token, false).pipe(toArray()))).toEqual([]);
    expect(token.watches).toBe(0);
  });

  it('may be an error', async () => {
    const { emitted } = collected(
      endWithToken(
        throwError(() => new Error('no')),
        new Token(),
        false,
      ),
    );
    await turns();
    expect(emitted).toEqual(['no']);
  });
});

describe('a stream', () => {
  it('is sent in order until the token expires, and nothing after that', async () => {
    const [token, source] = [new Token(), new Subject<number>()];
    const { emitted } = collected(endWithToken(source, token, false));
    source.next(1);
    source.next(2);
    await turns();
    source.next(3);
    token.end();
    source.next(4);
    expect(emitted).toEqual([1, 2, 3, 'ended']);
    expect(source.observed).toBe(false);
    expect(token.watching).toBe(0);
  });

  it('that starts after the token has expired emits nothing', async () => {
    const [token, source] = [new Token(), new Subject<number>()];
    const { emitted } = collected(endWithToken(source, token, false));
    token.end();
    source.next(1);
    await turns();
    expect(emitted).toEqual(['ended']);
    expect(token.watching).toBe(0);
  });

  it('known as a stream ends before its first value', () => {
    const token = new Token();
    const { emitted } = collected(endWithToken(NEVER, token, true));
    token.end();
    expect(emitted).toEqual(['ended']);
  });

  it.each([
    ['completes', (source: Subject<number>) => source.complete()],
    ['fails', (source: Subject<number>) => source.error(new Error('no'))],
    ['is left', (_source: Subject<number>, leave: () => void) => leave()],
  ])('is no longer watched once it %s', async (_what, end) => {
    const [token, source] = [new Token(), new Subject<number>()];
    const { leave } = collected(endWithToken(source, token, false));
    source.next(1);
    await turns();
    expect(token.watching).toBe(1);
    end(source, leave);
    expect(token.watching).toBe(0);
    token.end();
  });

  it('unsubscribed from before its second value is not watched', async () => {
    const [token, source] = [new Token(), new Subject<number>()];
    const { leave } = collected(endWithToken(source, token, false));
    source.next(1);
    leave();
    await turns();
    expect(token.watches).toBe(0);
  });
});
