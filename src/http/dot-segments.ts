/** A "." or ".." segment, its dots written out or escaped (URL standard, §4.4). */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** Whether a path has a segment that is "." or "..", escaped or not, or a "\" that is read as "/". */
export function hasDotSegments(path: string): boolean {
  if (path.includes("\\")) return true;
  return (path.includes("/.") || path.includes("/%2")) && DOT_SEGMENT.test(path);
}

/**
 * The path as browsers, Go and nginx read it before they send it on: "\" is "/", and dot segments are
 * resolved (RFC 3986 §5.2.4). All else stays as received.
 */
export function resolvePath(path: string): string {
  return hasDotSegments(path) ? resolveDots(path.replaceAll("\\", "/")) : path;
}

/** RFC 3986 §5.2.4; escaped dots are dots (§6.2.2.2). */
export function resolveDots(path: string): string {
  if (!path.includes("/.") && !path.includes("/%2")) return path;
  const segments = path.split("/");
  const out: string[] = [];
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i] as string;
    const dots = segment.length > 6 ? 0 : dotsOf(segment);
    if (dots === 0) {
      out.push(segment);
      continue;
    }
    if (dots === 2) out.pop();
    if (i === segments.length - 1) out.push("");
  }
  return `/${out.join("/")}`;
}

/** How many dots a segment consists of, if it is "." or ".."; else 0. */
function dotsOf(segment: string): 0 | 1 | 2 {
  const bare = segment.includes("%") ? segment.replaceAll(/%2e/gi, ".") : segment;
  if (bare === ".") return 1;
  return bare === ".." ? 2 : 0;
}

/** Empty segments left out, as file systems and many servers do. */
export function mergeSlashes(path: string): string {
  return path.includes("//") ? path.replaceAll(/\/{2,}/g, "/") : path;
}
