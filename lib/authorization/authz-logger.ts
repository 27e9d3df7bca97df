import { Logger, type LoggerService, type LogLevel } from '@nestjs/common';
import { printable } from '../core/index.js';

/** Longest record, in characters: an error that quotes a whole response must not fill the log. */
const MAX_RECORD = 16_000;

/**
 * Writes each record as one line, whatever strings of tokens, documents, providers or servers are in it: none can begin a line of its own
 * (OWASP ASVS 16.4.1) or command a terminal. Every line of this library is written by one of these.
 */
export class AuthzLogger extends Logger {
  /**
   * Asks the logger in use. Nest 11 returns `false` for any logger but a list of levels, whatever that logger writes. One that cannot say is
   * given the line, and leaves it out itself.
   */
  static override isLevelEnabled(level: LogLevel): boolean {
    const inUse: (LoggerService & { isLevelEnabled?: unknown }) | undefined = AuthzLogger.staticInstanceRef;
    if (inUse === undefined) return false; // `logger: false`
    if (typeof inUse.isLevelEnabled !== 'function') return true;
    try {
      return (inUse as { isLevelEnabled(level: string): unknown }).isLevelEnabled(level) !== false;
    } catch {
      return true;
    }
  }

  override log(line: string): void {
    super.log(oneLine(line));
  }

  override warn(line: string): void {
    super.warn(oneLine(line));
  }

  override error(line: string): void {
    super.error(oneLine(line));
  }

  override debug(line: string): void {
    super.debug(oneLine(line));
  }
}

/** The lines of a message, such as the faults of a mapping, beside each other. */
function oneLine(text: string): string {
  const line = printable(text.trim().replace(/\s*[\r\n]+\s*/g, ' | '));
  return line.length > MAX_RECORD ? `${line.slice(0, MAX_RECORD)}… (${line.length - MAX_RECORD} characters left out)` : line;
}
