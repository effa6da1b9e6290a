import * as v from "valibot";

/** A fault in a document, or a likely mistake. */
export interface DocumentIssue {
  readonly level: "fault" | "warning";
  /** For warnings that depend on the time. @default false */
  readonly isExpiry?: true;
  readonly message: string;
}

export function fault(message: string): DocumentIssue {
  return { level: "fault", message };
}

export function warning(message: string): DocumentIssue {
  return { level: "warning", message };
}

/** The most faults of one document that are reported. */
const MOST = 10;

/** The faults of a value by a schema, each with its place in the document. */
export function faultsBy(schema: v.GenericSchema, value: unknown): DocumentIssue[] {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return [];
  return parsed.issues.slice(0, MOST).map((issue) => {
    const path = v.getDotPath(issue);
    const isMissing = issue.kind === "schema" && issue.received === "undefined";
    const text = isMissing ? "is missing" : issue.message;
    return fault(path === null ? text : `${path}: ${text}`);
  });
}

/** An absolute URL, of http or https. */
export const webUrl = v.pipe(
  v.string("must be a string"),
  v.check((text) => /^https?:\/\//i.test(text) && URL.canParse(text), "must be an absolute URL"),
);

/** A reference to a resource: absolute, or relative to the document. */
export const reference = v.pipe(
  v.string("must be a string"),
  v.check(
    (text) => text !== "" && !/[\s<>"]/.test(text) && URL.canParse(text, "https://a.example/"),
    "must be a URL",
  ),
);

export const text = v.pipe(v.string("must be a string"), v.minLength(1, "may not be empty"));

export const texts = v.array(text, "must be a list of strings");

/** A list with at least one member. */
export const some = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(v.array(schema, "must be a list"), v.minLength(1, "may not be empty"));

/** An object that may have further members. */
export const open = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.looseObject(entries, "must be an object");

/** A media type without parameters. */
export const mediaType = v.pipe(
  v.string("must be a string"),
  v.regex(/^[\w.+-]+\/[\w.+-]+(?:\s*;.*)?$/, "must be a media type"),
);
