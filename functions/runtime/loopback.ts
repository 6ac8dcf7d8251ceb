/** Whether an address is one of this machine: where simulators are, and where nothing is that a stage asks on AWS. */
export function isLoopback(address: string): boolean {
  return /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/.test(address);
}
