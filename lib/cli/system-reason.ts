import { getSystemErrorMap } from 'node:util';

/** Returns the reason of a system error in words: `no such file or directory`. */
export function systemReason(error: unknown): string {
  const { errno = 0, code, message } = error as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno)?.[1] ?? code ?? message;
}
