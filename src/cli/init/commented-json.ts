import { wrap } from "../layout.ts";

/** JSON whose members may have comments. */
export type Commented =
  | string
  | number
  | boolean
  | null
  | readonly Commented[]
  | { readonly members: readonly CommentedMember[] };

/** A member of an object, with the reason for its value. */
export interface CommentedMember {
  readonly key: string;
  readonly value: Commented;
  readonly why?: string | undefined;
  /** Whether it is written as a comment, for the operator to decide. */
  readonly isProposal?: boolean | undefined;
}

/** Columns of a line of the file. */
const WIDTH = 100;

/** Writes an object as JSON with comments, which no text can end early. */
export function writeCommented(title: string, members: readonly CommentedMember[]): string {
  return `${commentLines(title, "").join("\n")}\n${writeObject(members, "")}\n`;
}

/** An object of plain values. */
export function plainObject(values: Readonly<Record<string, Commented>>): Commented {
  return { members: Object.entries(values).map(([key, value]) => ({ key, value })) };
}

function write(value: Commented, indent: string): string {
  if (isList(value)) return writeList(value, indent);
  if (typeof value === "object" && value !== null) return writeObject(value.members, indent);
  return quoted(value);
}

function writeObject(members: readonly CommentedMember[], indent: string): string {
  const inner = `${indent}  `;
  if (members.every(({ why, isProposal }) => why === undefined && isProposal !== true)) {
    const line = members.map(({ key, value }) => `${quoted(key)}: ${write(value, inner)}`);
    const short = members.length === 0 ? "{}" : `{ ${line.join(", ")} }`;
    if (fits(short, indent)) return short;
  }
  const lines = members.flatMap(({ key, value, why, isProposal = false }) => {
    const comment = why === undefined ? [] : commentLines(why, inner);
    if (!isProposal) return [...comment, `${inner}${quoted(key)}: ${write(value, inner)},`];
    const proposal = `${quoted(key)}: ${write(value, "")},`.split("\n");
    return [...comment, ...proposal.map((line) => `${inner}// ${line}`)];
  });
  return ["{", ...lines, `${indent}}`].join("\n");
}

function writeList(items: readonly Commented[], indent: string): string {
  const inner = `${indent}  `;
  const short = `[${items.map((item) => write(item, inner)).join(", ")}]`;
  if (fits(short, indent)) return short;
  return ["[", ...items.map((item) => `${inner}${write(item, inner)},`), `${indent}]`].join("\n");
}

function fits(text: string, indent: string): boolean {
  return !text.includes("\n") && text.length + indent.length <= WIDTH - 20;
}

/** Comments to the end of the line: `wrap` makes line breaks and direction marks visible. */
function commentLines(text: string, indent: string): string[] {
  return wrap(text, WIDTH - indent.length - 3).map((line) => `${indent}// ${line}`.trimEnd());
}

/** JSON in which no character changes the look of the line. */
function quoted(value: string | number | boolean | null): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    char.split("").map(escaped).join(""),
  );
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function isList(value: Commented): value is readonly Commented[] {
  return Array.isArray(value);
}
