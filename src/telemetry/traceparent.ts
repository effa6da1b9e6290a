/** The caller's place in a distributed trace (W3C Trace Context §3.2). */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span, 16 hexadecimal digits. */
  readonly parentId: string;
  /** Whether the caller may have recorded the trace. */
  readonly isSampled: boolean;
}

const LENGTH = 55;
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-[\x20-\x7e]*)?$/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);

/** Parses a `traceparent` field; undefined if it is absent or malformed. */
export function parseTraceParent(field: string | undefined): TraceParent | undefined {
  // Later versions may be longer, but no caller needs much more.
  if (field === undefined || field.length < LENGTH || field.length > 256) return undefined;
  const [, version, traceId = "", parentId = "", flags = ""] = FORM.exec(field) ?? [];
  if (version === undefined || version === "ff") return undefined;
  // §3.2.2: version 00 has no further parts.
  if (version === "00" && field.length !== LENGTH) return undefined;
  if (traceId === NO_TRACE || parentId === NO_SPAN) return undefined;
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
