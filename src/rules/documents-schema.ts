import * as v from "valibot";
import { keyIssue } from "../http/schemas.ts";

const SOURCES = ["file", "json", "text"] as const;

/** A file in the folder of the rules, or below: its content becomes public. */
const fileName = v.pipe(
  v.string(),
  v.minLength(1),
  v.check(
    // oxlint-disable-next-line no-control-regex -- no file name has one
    (name) => !/^\/|^[A-Za-z]:|[\\\u0000]|(?:^|\/)\.\.(?:\/|$)/.test(name),
    'a file in the folder of the rules, such as "api-catalog.json"',
  ),
);

const documentEntry = v.pipe(
  v.strictObject({
    /** The document's file, next to the rules. @default none @example "api-catalog.json" */
    file: v.optional(fileName),
    /** The document itself, of JSON. @default none @example { "linkset": [] } */
    json: v.optional(v.looseObject({})),
    /** The document itself, as text. @default none @example "Contact: https://www.example.com/security" */
    text: v.optional(v.pipe(v.string(), v.minLength(1))),
    /** Its media type. @default that of the path @example "text/markdown" */
    type: v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w.:/"-]+)*$/,
          'a media type such as "text/markdown"',
        ),
      ),
    ),
    /** "rules": the origin server gets no request for it, and can't replace it. @default "origin" */
    precedence: v.optional(v.picklist(["origin", "rules"])),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const named = SOURCES.filter((key) => dataset.value[key] !== undefined);
    const [first = "file", second] = named;
    if (named.length === 0)
      addIssue({ message: 'a document needs one of "file", "json" and "text"' });
    if (second !== undefined)
      addIssue(keyIssue(dataset.value, second, `"${first}" is set too; remove one of the two`));
  }),
);

const documentPath = v.pipe(
  v.string(),
  v.maxLength(500),
  v.regex(/^\/(?!\/)[\w.~!$&'()+,;=:@/-]*$/, 'a path such as "/.well-known/api-catalog"'),
  v.check(
    (path) => URL.parse(path, "https://a.example")?.pathname === path,
    "a path without dot segments",
  ),
  v.check(
    (path) => !path.startsWith("/.wayleave"),
    "a path outside of /.wayleave, where the proxy's own endpoints are",
  ),
);

/** The discovery documents by path: the name of a file next to the rules, or an object. */
export const documentsSchema = v.record(documentPath, v.union([fileName, documentEntry]));

/** The documents as the rules name them. */
export type NamedDocuments = v.InferOutput<typeof documentsSchema>;
