/** A "." or ".." segment, with plain or escaped dots (URL standard, §4.4). */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** Whether a path has a segment that is "." or "..", escaped or not, or a "\" that is read as "/". */
export function hasDotSegments(path: string): boolean {
  if (path.includes("\\")) return true;
  return (path.includes("/.") || path.includes("/%2")) && DOT_SEGMENT.test(path);
}

/** Resolves a path as browsers, Go and nginx do: "\" becomes "/", and dot segments are resolved (RFC 3986 §5.2.4). */
export function resolvePath(path: string): string {
  return hasDotSegments(path) ? resolveDots(path.replaceAll(/\\/g, "/")) : path;
}

/** Resolves dot segments (RFC 3986 §5.2.4), escaped ones too (§6.2.2.2). */
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

/** The number of dots in a "." or ".." segment; 0 for any other. */
function dotsOf(segment: string): 0 | 1 | 2 {
  const bare = segment.includes("%") ? segment.replaceAll(/%2e/gi, ".") : segment;
  if (bare === ".") return 1;
  return bare === ".." ? 2 : 0;
}

/** Removes empty segments, as file systems and many servers do. */
export function mergeSlashes(path: string): string {
  return path.includes("//") ? path.replaceAll(/\/{2,}/g, "/") : path;
}
