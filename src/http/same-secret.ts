/** Compares a client's text with a secret in constant time, which reveals nothing of it. */
export function isSameSecret(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length;
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ secret.charCodeAt(i % secret.length);
  }
  return difference === 0 && secret !== "";
}
