import { jest } from '@jest/globals';
import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';

/** A line of a log. */
interface Logged {
  readonly level: string;
  readonly message: string;
}

/** A logger that an application may pass to Nest, and the lines that it wrote. */
export interface TriedLogger {
  readonly logger: LoggerService;
  lines(): readonly Logged[];
}

/** The loggers that operators use: Nest's own, also in JSON, and an object like those of pino. */
export const LOGGERS: readonly (readonly [name: string, create: () => TriedLogger])[] = [
  ['the default logger', () => written(new Logger(), plainLine)],
  ['a JSON ConsoleLogger', () => written(new ConsoleLogger({ json: true }), jsonLine)],
  ['an object like those of pino', pinoLike],
];

/** Captures the output of a logger to the terminal, until `jest.restoreAllMocks()`. */
function written(logger: LoggerService, parse: (line: string) => Logged | undefined): TriedLogger {
  const texts: string[] = [];
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      texts.push(String(text));
      return true;
    });
  const lines = () => texts.join('').split('\n').map(parse);
  return { logger, lines: () => lines().filter((line) => line !== undefined) };
}

/** `[Nest] 1  - 11/30/2026, 3:00:00 PM    WARN [Authz] Refused …`, in colours. */
function plainLine(line: string): Logged | undefined {
  // eslint-disable-next-line no-control-regex -- colours begin with one
  const text = line.replace(/\u001b\[[\d;]*m/g, '');
  const [, level, message] = /\s(LOG|WARN|DEBUG|ERROR)\s+\[Authz\] (.*)$/.exec(text) ?? [];
  return level === undefined || message === undefined ? undefined : { level: level.toLowerCase(), message };
}

function jsonLine(line: string): Logged | undefined {
  if (!line.startsWith('{')) return undefined;
  const { level, message } = JSON.parse(line) as Logged;
  return { level, message };
}

/** Calls with the message first and the context last, as nestjs-pino takes them. */
function pinoLike(): TriedLogger {
  const seen: Logged[] = [];
  const at = (level: string) => (message: unknown) => void seen.push({ level, message: String(message) });
  const logger = { log: at('info'), error: at('error'), warn: at('warn'), debug: at('debug'), verbose: at('trace') };
  return { logger, lines: () => seen };
}
