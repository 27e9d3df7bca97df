import { printable } from '../../core/index.js';
import type { Terminal } from './terminal.interface.js';

const CLEAR_LINE = '\r\u001b[K';

/** Says on a terminal what the work is at, in place of what it was at before. */
export function showProgress(terminal: Terminal, doing: string): void {
  if (terminal.isWatched) terminal.err(`${CLEAR_LINE}${printable(doing)} …`);
}

/** Takes it away again. */
export function endProgress(terminal: Terminal): void {
  if (terminal.isWatched) terminal.err(CLEAR_LINE);
}
