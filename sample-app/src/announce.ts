/** Sends this process's URL to its parent process, and exits with the parent. Does nothing if there is no parent. */
export function announce(url: string): void {
  process.send?.({ url });
  process.once('disconnect', () => process.exit());
}
