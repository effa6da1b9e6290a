/** Whether a method is safe: it does not ask to change the resource (RFC 9110 §9.2.1). */
export function isSafeMethod(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "TRACE";
}

/** Safe methods that the proxy forwards (RFC 9110 §9.2.1). */
const SENT_AGAIN: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether the proxy may send a request to the origin server twice (RFC 9110 §9.2.2). */
export function isRepeatable(method: string, hasContent: boolean): boolean {
  return SENT_AGAIN.has(method) && !hasContent;
}
