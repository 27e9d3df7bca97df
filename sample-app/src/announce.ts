/** Tells the command that started this process where it listens, and ends when the command does. Started alone, it does neither. */
export function announce(url: string): void {
  process.send?.({ url });
  process.once('disconnect', () => process.exit());
}
