import { resolvePath } from "./dot-segments.ts";
import { canonicalEscapes, PLAIN } from "./path-escapes.ts";

/** A path in the forms from which its readings are made. */
interface CanonicalForms {
  readonly path: string;
  /** With dot segments resolved. */
  readonly resolved: string;
  /** The canonical path: dot segments resolved, needless escapes undone. */
  readonly canonical: string;
  /** With canonical escapes, but dot segments as received. */
  readonly asReceived: string;
}

/** One request asks for the forms of its path several times. */
let last: CanonicalForms = { path: "/", resolved: "/", canonical: "/", asReceived: "/" };

export function canonicalForms(path: string): CanonicalForms {
  if (path === last.path) return last;
  const resolved = resolvePath(path);
  const canonical = canonicalEscapes(resolved);
  const asReceived = resolved === path ? canonical : canonicalEscapes(path);
  return (last = { path, resolved, canonical, asReceived });
}

/** The canonical reading of a path: dot segments resolved, needless percent-encoding undone. */
export function canonicalPath(path: string): string {
  return isPlain(path) ? path : canonicalForms(path).canonical;
}

/** Whether a path has one reading, by a fast test: no escape, no empty and no dot segment. */
export function isPlain(path: string): boolean {
  let before = 0;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (PLAIN[code] !== 1) return false;
    if (before === SLASH && (code === SLASH || code === DOT)) return false;
    before = code;
  }
  return true;
}

const SLASH = 0x2f;
const DOT = 0x2e;
