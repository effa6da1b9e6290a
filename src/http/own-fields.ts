/** Fields that only the proxy writes: a client's own are always removed. */
export function isOwnField(name: string): boolean {
  return name.startsWith("wayleave-") || name.startsWith("x-wayleave-");
}
