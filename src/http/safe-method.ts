/** Whether a method asks for no change of the resource (RFC 9110 §9.2.1). */
export function isSafeMethod(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "TRACE";
}

/** Methods that change nothing at the origin server and may be sent to it (RFC 9110 §9.2.1). */
const SENT_AGAIN: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a request may be sent to the origin server twice (RFC 9110 §9.2.2). */
export function isRepeatable(method: string, hasContent: boolean): boolean {
  return SENT_AGAIN.has(method) && !hasContent;
}
