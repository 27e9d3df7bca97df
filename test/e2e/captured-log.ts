import type { LoggerService } from '@nestjs/common';
import type { AuthzTestAppOptions } from '../../lib/testing/index.js';

/** A logger for Nest that keeps its lines. */
export class CapturedLog implements LoggerService {
  readonly lines: string[] = [];
  readonly log = this.keeper('LOG');
  readonly error = this.keeper('ERROR');
  readonly warn = this.keeper('WARN');
  readonly debug = this.keeper('DEBUG');
  readonly verbose = this.keeper('VERBOSE');
  private readonly waiting = new Set<() => void>();

  /** Options for `startAuthzApp(module, log.here)`. */
  get here(): AuthzTestAppOptions {
    return { override: (builder) => builder.setLogger(this) };
  }

  /** Returns the lines that match. */
  matching(pattern: RegExp): readonly string[] {
    return this.lines.filter((line) => pattern.test(line));
  }

  /** Resolves with the first matching line as soon as there is one. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const [found] = this.matching(pattern);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  private keeper(level: string): (...message: unknown[]) => void {
    return (...message) => {
      const text = message.map((part) => (part instanceof Error ? (part.stack ?? part.message) : String(part))).join(' ');
      this.lines.push(`${level} ${text}`);
      for (const resolve of this.waiting) resolve();
      this.waiting.clear();
    };
  }
}
