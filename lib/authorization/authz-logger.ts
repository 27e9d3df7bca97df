import { Logger, type LoggerService, type LogLevel } from '@nestjs/common';
import { printable } from '../core/index.js';

/** Longest record, in characters: an error that quotes a whole response must not fill the log. */
const MAX_RECORD = 16_000;

/**
 * Logs each record as one line. Strings from tokens, documents, providers or servers cannot start a new line (OWASP ASVS 16.4.1) or control a
 * terminal. The whole library logs through this class.
 */
export class AuthzLogger extends Logger {
  /**
   * Returns whether the logger in use writes a level. Nest 11 returns `false` for any logger other than a list of levels. Returns true if the logger
   * cannot tell: it drops the line itself.
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

/** Joins the lines of a message, such as the faults of a mapping. */
function oneLine(message: string): string {
  const line = printable(message.trim().replace(/\s*[\r\n]+\s*/g, ' | '));
  return line.length > MAX_RECORD ? `${line.slice(0, MAX_RECORD)}… (${line.length - MAX_RECORD} characters left out)` : line;
}
