import * as v from "valibot";
import type { FeatureList } from "../feature/define.ts";
import { checkDocument, typeOf } from "../http/discovery/kinds.ts";
import type { DocumentIssue } from "../http/discovery/issue.ts";
import { artifactsOf, checkSkillFile, SKILLS_INDEX } from "../http/discovery/skills.ts";
import type { DiscoveryDocument, DiscoveryDocuments } from "../http/discovery/document.ts";
import type { NamedDocuments } from "./documents-schema.ts";
import { quote, toPointer, type Fault } from "./fault.ts";
import type { Places } from "./places.ts";
import { settingOf, type FeatureSettings } from "./feature-settings.ts";
import type { RulesFile } from "./schema.ts";
import type { ValidRules, Warn } from "./warn.ts";

/** Stands for the public origin, if the rules name none. */
const SOME_ORIGIN = "https://site.invalid";

/** The most characters of a document. */
const MOST = 1024 * 1024;

/** The names of the files that rules name as documents. */
export function documentFiles(documents: NamedDocuments): readonly string[] {
  return Object.values(documents).flatMap((entry) => fileOf(entry) ?? []);
}

function fileOf(entry: NamedDocuments[string]): string | undefined {
  return typeof entry === "string" ? entry : entry.file;
}

/**
 * The rules with the text of each document in the place of its file. Documents and a sitemap switch on
 * their feature, without its lists, if the rules do not mention it.
 *
 * @param readFile the text of a file that the rules name; undefined if there is none
 */
export function withDocumentTexts(
  rules: RulesFile,
  places: Places,
  features: FeatureList,
  readFile: (path: string, folder: "documents") => string | undefined,
): { readonly rules: RulesFile; readonly faults: readonly Fault[] } {
  const entries = Object.entries(rules.documents);
  if (entries.length === 0 && !rules.sitemap) return { rules, faults: [] };
  const faults: Fault[] = [];
  const found: Record<string, Exclude<NamedDocuments[string], string>> = {};
  const refuse = (path: string, message: string): void => {
    const at = ["documents", path];
    faults.push({ pointer: toPointer(at), ...places.value(at), code: "invalid-value", message });
  };
  for (const [path, entry] of entries) {
    const file = fileOf(entry);
    const rest = typeof entry === "string" ? {} : entry;
    const { type, precedence } = rest;
    const text =
      file === undefined
        ? (rest.text ?? `${JSON.stringify(rest.json, undefined, 2)}\n`)
        : readFile(file, "documents")?.replace(/^\uFEFF/, "");
    if (text === undefined) refuse(path, `there is no document at ${quote(file)}`);
    else if (text.length > MOST) refuse(path, `the document is longer than ${MOST} characters`);
    else if (type === undefined && typeOf(path, text) === undefined) {
      refuse(path, 'its path does not tell the media type; write { "file": …, "type": … }');
    } else found[path] = { text, type, precedence };
  }
  const defaults = { ...ofDocuments(features), ...rules.defaults };
  const complete = { ...rules, defaults, documents: found };
  for (const [path, { level, message }] of issuesOf(complete, 0)) {
    const file = fileOf(rules.documents[path] ?? {});
    if (level === "fault") refuse(path, file === undefined ? message : `${file}: ${message}`);
  }
  return { rules: complete, faults };
}

/** The setting of the feature for sites that only have documents of their own, or a sitemap. */
function ofDocuments(features: FeatureList): FeatureSettings {
  return Object.fromEntries(
    features.flatMap(({ key, options, ifDocuments }) =>
      ifDocuments === undefined ? [] : [[key, v.parse(options, ifDocuments)]],
    ),
  );
}

/** The issues of documents with their texts. @param now milliseconds since the epoch */
export function* issuesOf(
  { documents, publicOrigin: origin }: Pick<RulesFile, "documents" | "publicOrigin">,
  now: number,
): Iterable<readonly [path: string, issue: DocumentIssue]> {
  const texts = new Map(
    Object.entries(documents).map(([path, entry]) => [
      path,
      typeof entry === "string" ? "" : (entry.text ?? ""),
    ]),
  );
  let isIndexFaulty = false;
  for (const [path, content] of texts) {
    for (const issue of checkDocument(content, { path, origin }, now)) {
      if (path === SKILLS_INDEX && issue.level === "fault") isIndexFaulty = true;
      yield [path, issue];
    }
  }
  const index = texts.get(SKILLS_INDEX);
  if (index === undefined || isIndexFaulty) return;
  for (const skill of artifactsOf(index, origin ?? SOME_ORIGIN)) {
    const { name, path = "", digest, type } = skill;
    const artifact = texts.get(path);
    if (artifact === undefined) {
      if (digest !== undefined) continue;
      const message = `the skill ${name} has no digest, and its artifact is none of the documents`;
      yield [SKILLS_INDEX, { level: "fault", message }];
    } else if (type === "skill-md") {
      for (const issue of checkSkillFile(artifact, { name })) yield [path, issue];
    }
  }
}

/** Warns of documents that readers may ignore or misread, and if the rules switch all of them off. */
export function warnOfSiteDocuments({ rules }: ValidRules, now: number, warn: Warn): void {
  for (const [path, { level, isExpiry, message }] of issuesOf(rules, now)) {
    if (level === "fault") continue;
    warn(["documents", path], isExpiry ? "document-expired" : "document-unclear", message);
  }
  const isOff = settingOf(rules.defaults, "documents") === false;
  if (!isOff) return;
  const message = 'the feature that serves this is off: "documents" in "defaults"';
  if (Object.keys(rules.documents).length > 0) warn(["documents"], "no-effect", message);
  if (rules.sitemap) warn(["sitemap"], "no-effect", message);
}

/** Compiles the documents of rules whose texts are known. */
export function compileSiteDocuments({ documents, publicOrigin }: RulesFile): DiscoveryDocuments {
  const found = new Map<string, DiscoveryDocument>();
  const texts = new Map<string, string>();
  for (const [path, entry] of Object.entries(documents)) {
    if (typeof entry !== "string" && entry.text !== undefined) texts.set(path, entry.text);
  }
  const index = texts.get(SKILLS_INDEX);
  const skills = index === undefined ? [] : artifactsOf(index, publicOrigin ?? SOME_ORIGIN);
  const artifacts = new Set(skills.map(({ path }) => path));
  for (const [path, content] of texts) {
    const entry = documents[path];
    const { type, precedence } = typeof entry === "object" ? entry : {};
    const isArtifact = artifacts.has(path);
    found.set(path, {
      path,
      content,
      type: type ?? typeOf(path, content) ?? "application/octet-stream",
      // The digest in the index is that of this text.
      precedence: precedence ?? (isArtifact ? "rules" : "origin"),
      isArtifact,
    });
  }
  return found;
}
