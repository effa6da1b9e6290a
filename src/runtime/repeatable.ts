/** Methods that change nothing at the origin server (RFC 9110 §9.2.1). */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a request may be sent to the origin server twice (RFC 9110 §9.2.2). */
export function isRepeatable(method: string, hasContent: boolean): boolean {
  return SAFE.has(method) && !hasContent;
}
