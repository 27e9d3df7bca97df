import { printable } from '../../core/index.js';
import type { Terminal } from './terminal.interface.js';

const CLEAR_LINE = '\r\u001b[K';

/** Shows the current step on a terminal, replacing the previous one. */
export function showProgress(terminal: Terminal, doing: string): void {
  if (terminal.isWatched) terminal.err(`${CLEAR_LINE}${printable(doing)} …`);
}

/** Clears the progress line. */
export function endProgress(terminal: Terminal): void {
  if (terminal.isWatched) terminal.err(CLEAR_LINE);
}
