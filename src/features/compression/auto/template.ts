import type { noGroupReasons } from "./reasons.ts";
import { contentKind, mayBeDocument } from "./content-kind.ts";
import { versionInFolder, versionsInFile, type VersionPart } from "./version-part.ts";
import { readQuery } from "./version-query.ts";
import { splitTarget } from "../../../http/target.ts";

/** Why a target belongs to no group. */
export type NoGroupReason = keyof typeof noGroupReasons | "compressed-type";

/** The match group of a target. */
export type Template = (
  | { readonly kind: "versioned" | "same-url" | "document" }
  | { readonly kind: "none"; readonly reason: NoGroupReason }
) & {
  /** URL Pattern of the path; it matches any query; empty for "none". */
  readonly match: string;
  /** Destinations that the dictionary is for; empty for all. */
  readonly matchDest: readonly string[];
};

/** The longest pattern that `compilePathPattern` accepts. */
const LONGEST_PATTERN = 1024;
const LONGEST_TARGET = 8192;
/** The most versions in one path; with more, its files have too little in common. */
const MOST_PARTS = 3;
/** Parts of names that say how a file was built, not which file it is. */
const GENERIC = new Set(
  "chunk chunks bundle min module modules prod production development dev esm umd cjs es async legacy modern asset assets file script style js css mjs json map wasm v r br gz".split(
    " ",
  ),
);

/**
 * The match group of a response: its address without the version.
 *
 * @param target in origin-form
 * @param type media type of the response; if it is unknown, the extension decides
 * @param isImmutable whether its content never changes: its address must have a version, which may
 *   look like a word
 */
export function templateOf(
  target: string,
  type?: { readonly essence: string },
  isImmutable = false,
): Template {
  if (target.length > LONGEST_TARGET) return none("too-long");
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  const fault = faultOf(path);
  if (fault !== undefined) return none(fault);
  const segments = path.slice(1).split("/");
  const name = segments.pop() as string;
  const extension = extensionOf(name);
  const kind = contentKind(type?.essence, extension);
  if (kind !== "text" && kind !== "document") return none(`${kind}-type`);
  const query = readQuery(mark === -1 ? "" : target.slice(mark + 1));
  if (kind === "text") return fileTemplate(segments, name, query.hasVersion, isImmutable);
  if (!mayBeDocument(extension)) return none("type-mismatch");
  return grouped("document", query.makesPage ? escapePattern(path) : folderOf(segments, name));
}

function faultOf(path: string): NoGroupReason | undefined {
  if (path.length > LONGEST_PATTERN) return "too-long";
  // Characters of RFC 3986 §3.3, and those that browsers leave unescaped.
  if (!/^\/(?:[\w\-.~!$&'()*+,;=:@/[\]|]|%[0-9A-Fa-f]{2})*$/.test(path)) return "malformed-target";
  return /\/\/|\/\.{1,2}(?:\/|$)|%(?:2f|5c|2e)/i.test(path) ? "ambiguous-path" : undefined;
}

/**
 * The pattern of the files beside one whose name is nothing but a hash, of the same type; undefined
 * for any other name, and in folders with versions.
 */
export function starredFile(target: string, isImmutable = false): string | undefined {
  if (target.includes("?") || faultOf(target) !== undefined) return undefined;
  const segments = target.slice(1).split("/");
  const name = segments.pop() as string;
  if (isTurbopackChunk(segments, name)) {
    return folderPattern(segments, name, [{ from: 0, to: name.indexOf(".") }]);
  }
  const parts = versionsInFile(name, isImmutable);
  if (parts.length !== 1 || hasStem(name, parts) || isOneWord(name, parts)) return undefined;
  const isVersioned = (segment: string, i: number): boolean =>
    isBuildFolder(segments, i) || versionInFolder(segment).length > 0;
  if (segments.some((segment, i) => isVersioned(segment, i))) return undefined;
  return folderPattern(segments, name, parts);
}

function folderPattern(
  segments: readonly string[],
  name: string,
  parts: readonly VersionPart[],
): string {
  return ["", ...segments.map((segment) => escapePattern(segment)), starred(name, parts)].join("/");
}

/** Whether Turbopack made a name: 13 characters of base 38, which can look like words. */
function isTurbopackChunk(segments: readonly string[], name: string): boolean {
  const isFolder = segments.join("/").endsWith("_next/static/chunks");
  return isFolder && /^[0-9a-z_-]{13}\.(?:js|css)$/.test(name);
}

/** Whether the path or query of a target has a version. @param target in origin-form */
export function hasVersion(target: string): boolean {
  if (target.length > LONGEST_TARGET) return false;
  const { path, query } = splitTarget(target);
  const folders = path.slice(1).split("/");
  const name = folders.pop() as string;
  if (versionsInFile(name).length > 0 || readQuery(query.slice(1)).hasVersion) return true;
  return folders.some(
    (folder, i) => isBuildFolder(folders, i) || versionInFolder(folder).length > 0,
  );
}

function none(reason: NoGroupReason): Template {
  return { kind: "none", match: "", matchDest: [], reason };
}

function grouped(kind: Exclude<Template["kind"], "none">, match: string): Template {
  if (match.length > LONGEST_PATTERN) return none("too-long");
  return { kind, match, matchDest: kind === "document" ? ["document"] : [] };
}

function fileTemplate(
  segments: readonly string[],
  name: string,
  hasVersionInQuery: boolean,
  isImmutable: boolean,
): Template {
  if (isTurbopackChunk(segments, name)) return none("no-stem");
  const folders = segments.map((segment, i) =>
    isBuildFolder(segments, i) ? [{ from: 0, to: segment.length }] : versionInFolder(segment),
  );
  const isOnlyInFile = !hasVersionInQuery && folders.flat().length === 0;
  const found = versionsInFile(name, isImmutable && isOnlyInFile);
  // A name that is one odd word may be a name, not a hash.
  const inFile = isOneWord(name, found) ? [] : found;
  if (inFile.length > 0 && !hasStem(name, inFile)) return none("no-stem");
  const count = inFile.length + folders.flat().length;
  if (count > MOST_PARTS) return none("too-many-versions");
  const match = [
    "",
    ...segments.map((segment, i) => starred(segment, folders[i] ?? [])),
    starred(name, inFile),
  ].join("/");
  if (count > 0 && !hasStem(name, inFile)) return none("no-stem");
  return grouped(count > 0 || hasVersionInQuery ? "versioned" : "same-url", match);
}

/** Whether a segment names a build of Next.js, in which it can be any text. */
function isBuildFolder(segments: readonly string[], i: number): boolean {
  if (i < 2 || segments[i - 2] !== "_next") return false;
  const own = segments[i] as string;
  if (segments[i - 1] === "data") return true;
  return segments[i - 1] === "static" && !/^(?:chunks|css|media|webpack|development)$/.test(own);
}

/** The texts of a name around its versions. */
function textsAround(name: string, parts: readonly VersionPart[]): string[] {
  const starts = [0, ...parts.map(({ to }) => to)];
  return starts.map((start, i) => name.slice(start, parts[i]?.from));
}

/** Replaces each version in a name by "*". */
function starred(name: string, parts: readonly VersionPart[]): string {
  return textsAround(name, parts)
    .map((text) => escapePattern(text))
    .join("*");
}

/** Whether the rest of a name identifies the file. */
function hasStem(name: string, parts: readonly VersionPart[]): boolean {
  const rest = textsAround(name, parts).join(".");
  const dot = rest.lastIndexOf(".");
  const stem = dot > 0 ? rest.slice(0, dot) : rest;
  return stem
    .split(/[-_.~@]/)
    .some((word) => /[A-Za-z0-9]|%[0-9A-F]{2}/i.test(word) && !GENERIC.has(word.toLowerCase()));
}

function isOneWord(name: string, parts: readonly VersionPart[]): boolean {
  const [part] = parts;
  if (part === undefined || parts.length > 1 || part.from > 0) return false;
  const word = name.slice(0, part.to);
  return /^[A-Za-z]\w{7,14}$/.test(word) && !/^[0-9a-f]+$/i.test(word) && name[part.to] === ".";
}

/** The folder of a page; folders of a date are left out, except the topmost folder. */
function folderOf(segments: readonly string[], name: string): string {
  const folders = name === "" ? segments.slice(0, -1) : [...segments];
  while (folders.length > 1 && /^(?:\d{1,2}|20\d\d)$/.test(folders.at(-1) ?? "")) folders.pop();
  return [...["", ...folders].map((text) => escapePattern(text)), "*"].join("/");
}

/** The extension in lower case; a number after a dot is not an extension. */
function extensionOf(name: string): string | undefined {
  return /^[^.].*\.([a-z][a-z0-9]{0,15})$/i.exec(name)?.[1]?.toLowerCase();
}

/** Escapes literal text for URL Pattern. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[*+?:(){}\\]/g, "\\$&");
}
