/** Fields that only we write: a client's own are dropped, whatever they say. */
export function isOwnField(name: string): boolean {
  return name.startsWith("wayleave-") || name.startsWith("x-wayleave-");
}
