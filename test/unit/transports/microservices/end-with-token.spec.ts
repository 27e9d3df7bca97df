import { firstValueFrom, from, NEVER, of, Subject, throwError, toArray, type Observable } from 'rxjs';
import { endWithToken } from '../../../../lib/transports/microservices/end-with-token.js';
import { turns } from '../../../waiting/turns.js';

/** A token that ends when it is told to. */
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

/** What came of an answer so far. */
function collected(answer: Observable<unknown>): { told: unknown[]; leave(): void } {
  const told: unknown[] = [];
  const subscription = answer.subscribe({
    next: (value) => told.push(value),
    error: (error: Error) => told.push(error.message),
    complete: () => told.push('complete'),
  });
  return { told, leave: () => subscription.unsubscribe() };
}

describe('an answer that is given as a whole', () => {
  it.each([
    ['at once', () => of(1)],
    ['later', () => from(turns().then(() => 1))],
  ])('%s, passes whatever became of the token meanwhile, and is not watched', async (_when, answer) => {
    const token = new Token();
    const value = firstValueFrom(endWithToken(answer(), token, false));
    token.end();
    expect(await value).toBe(1);
    await turns();
    expect(token.watches).toBe(0);
  });

  it('passes with all the values that come at once, and with none', async () => {
    const token = new Token();
    expect(await firstValueFrom(endWithToken(of(1, 2, 3), token, false).pipe(toArray()))).toEqual([1, 2, 3]);
    expect(await firstValueFrom(endWithToken(of(), token, false).pipe(toArray()))).toEqual([]);
    expect(token.watches).toBe(0);
  });

  it('may be an error', async () => {
    const { told } = collected(
      endWithToken(
        throwError(() => new Error('no')),
        new Token(),
        false,
      ),
    );
    await turns();
    expect(told).toEqual(['no']);
  });
});

describe('a stream', () => {
  it('passes in order until the token ends, and nothing after that', async () => {
    const [token, source] = [new Token(), new Subject<number>()];
    const { told } = collected(endWithToken(source, token, false));
    source.next(1);
    source.next(2);
    await turns();
    source.next(3);
    token.end();
    source.next(4);
    expect(told).toEqual([1, 2, 3, 'ended']);
    expect(source.observed).toBe(false);
    expect(token.watching).toBe(0);
  });

  it('that begins after the token has ended says nothing', async () => {
    const [token, source] = [new Token(), new Subject<number>()];
    const { told } = collected(endWithToken(source, token, false));
    token.end();
    source.next(1);
    await turns();
    expect(told).toEqual(['ended']);
    expect(token.watching).toBe(0);
  });

  it('known to be one ends before its first value', () => {
    const token = new Token();
    const { told } = collected(endWithToken(NEVER, token, true));
    token.end();
    expect(told).toEqual(['ended']);
  });

  it.each([
    ['completes', (source: Subject<number>) => source.complete()],
    ['fails', (source: Subject<number>) => source.error(new Error('no'))],
    ['is left', (_source: Subject<number>, leave: () => void) => leave()],
  ])('is watched no longer once it %s', async (_what, end) => {
    const [token, source] = [new Token(), new Subject<number>()];
    const { leave } = collected(endWithToken(source, token, false));
    source.next(1);
    await turns();
    expect(token.watching).toBe(1);
    end(source, leave);
    expect(token.watching).toBe(0);
    token.end();
  });

  it('left before it is known for one is not watched', async () => {
    const [token, source] = [new Token(), new Subject<number>()];
    const { leave } = collected(endWithToken(source, token, false));
    source.next(1);
    leave();
    await turns();
    expect(token.watches).toBe(0);
  });
});
