import type { AlertMeaning, Meaning } from "./meanings.ts";

/** The types of alerts that GitHub shows; all others are mapped to the nearest. */
export type AlertType = "NOTE" | "TIP" | "IMPORTANT" | "WARNING" | "CAUTION";

/** The words for each type: as classes, and as titles. */
const WORDS: Readonly<Record<AlertType, string>> = {
  NOTE:
    "note info information notice notes abstract summary tldr seealso see-also todo quote cite example " +
    "question help faq secondary primary topic definition remark default neutral light",
  TIP: "tip hint success check done best-practice key-point",
  IMPORTANT: "important key",
  WARNING: "warning attention deprecated warn",
  CAUTION: "caution danger error failure fail missing bug critical",
};

/** Words that say no more than the type itself, so that no title is needed. */
const PLAIN_TITLES = new Set(
  "note notes info information notice tip hint important warning attention caution danger error".split(
    " ",
  ),
);

const TYPES: ReadonlyMap<string, AlertType> = new Map(
  Object.entries(WORDS).flatMap(([type, words]) =>
    words.split(" ").map((word) => [word, type as AlertType] as const),
  ),
);

/** Classes of alerts that need no type, and of boxes that are alerts only with one. */
const ALERTS = new Set(
  "admonition theme-admonition markdown-alert starlight-aside admonitionblock hint-container".split(
    " ",
  ),
);
const BOXES = new Set(
  (
    "custom-block callout bd-callout notecard alert hint confluence-information-macro rspress-directive " +
    "blockquote-tag message-box docs-alert doc-alert td-alert nextra-callout obsidian-callout"
  ).split(" "),
);
/** A name that begins with one of them, and its type. */
const TYPED = new RegExp(`^(${[...ALERTS, ...BOXES].join("|")})(?:--|__|[-_])([a-z]+)$`);
/** Types that are an alert as the only class of any block; others are on `<details>` only. */
const COMMON = new Set("note tip important warning caution danger".split(" "));

/** The alert that an element with these classes is, in lower case. */
export function alertOfClasses(names: readonly string[]): Meaning | undefined {
  const box = names.find((name) => ALERTS.has(name) || BOXES.has(name) || startOf(name) !== "");
  if (box === undefined || names.length === 1) {
    const [word = ""] = names;
    const type = names.length === 1 ? TYPES.get(word) : undefined;
    if (type !== undefined)
      return { is: "alert", type, by: COMMON.has(word) ? "word" : "rare-word" };
    if (box === undefined) return undefined;
  }
  const isAlert = names.some((name) => ALERTS.has(name) || ALERTS.has(startOf(name)));
  const type = typeIn(names, box);
  if (type === undefined && box === "callout")
    return { is: "alert", type: "NOTE", by: "attribute" };
  if (type === undefined && !isAlert) return undefined;
  return { is: "alert", type: type ?? "NOTE", by: isAlert ? "alert" : "box" };
}

/** The class of an alert with which a name begins, if its type follows. */
function startOf(name: string): string {
  const parts = TYPED.exec(name);
  return TYPES.has(parts?.[2] ?? "") ? (parts?.[1] ?? "") : "";
}

function typeIn(names: readonly string[], box: string): AlertType | undefined {
  for (const name of names) {
    const start = startOf(name);
    if (start !== "") return TYPES.get(name.slice(start.length).replace(/^[-_]+/, ""));
  }
  for (const name of names) {
    const type = name === box ? undefined : TYPES.get(name.replace(/^is-/, ""));
    if (type !== undefined) return type;
  }
  return undefined;
}

/** Whether a class alone makes an alert; "note" and "tip" alone are names for other things, too. */
export function isSureAlone({ by, type }: AlertMeaning): boolean {
  return by !== "word" || type === "WARNING" || type === "CAUTION";
}

/** The type that a word names, as an attribute may. */
export function alertOfWord(word: string): AlertType | undefined {
  return TYPES.get(word.trim().toLowerCase());
}

/** Whether a title says no more than the type of its alert. */
export function isPlainTitle(title: string, type: AlertType): boolean {
  const word = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
  if (word === "") return true;
  return word === type.toLowerCase() || (PLAIN_TITLES.has(word) && TYPES.get(word) === type);
}
