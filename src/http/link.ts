import { parseParameter, splitList } from "./list.ts";

/** One link of a Link field (RFC 8288 §3). */
interface Link {
  readonly href: string;
  /** Relation types in lower case. */
  readonly rel: readonly string[];
  /** Media type that the link hints at, in lower case. */
  readonly type: string | undefined;
  /** The language of the link's target, in lower case; the first if there are several. */
  readonly language: string | undefined;
}

/** Parses Link fields; malformed members are left out. */
export function parseLinks(value: string | undefined): Link[] {
  const links: Link[] = [];
  for (const member of splitLinks(value ?? "")) {
    const close = member.indexOf(">");
    if (!member.startsWith("<") || close === -1) continue;
    const href = member.slice(1, close);
    let rel: string | undefined;
    let type: string | undefined;
    let language: string | undefined;
    let anchored = false;
    for (const parameter of splitList(member.slice(close + 1), ";")) {
      const [name, argument] = parseParameter(parameter);
      // RFC 8288 §3.3: the first rel counts. §3.2: with an anchor it is about another resource.
      if (name === "rel") rel ??= argument;
      if (name === "type") type ??= argument.toLowerCase();
      if (name === "hreflang") language ??= argument.toLowerCase();
      if (name === "anchor") anchored = true;
    }
    if (rel === undefined || anchored) continue;
    links.push({ href, rel: rel.toLowerCase().split(/\s+/), type, language });
  }
  return links;
}

/** The members of a Link field without those of a relation, as written; empty if none is left. */
export function withoutRelation(value: string, relation: string): string {
  return splitLinks(value)
    .filter((member) => !parseLinks(member).some(({ rel }) => rel.includes(relation)))
    .join(", ");
}

const ALTERNATE = /(?:^|\s)alternate(?:\s|$)/i;
const MARKDOWN = /^\s*text\/markdown\s*(?:;|$)/i;

/** Whether a link's relation and type say that it leads to the page in markdown. */
export function namesMarkdown(rel: string, type: string): boolean {
  return ALTERNATE.test(rel) && MARKDOWN.test(type);
}

/** Splits at commas outside of `<…>`, since a URI may contain one. */
function splitLinks(value: string): string[] {
  const members: string[] = [];
  let parts: string[] = [];
  for (const part of splitList(value)) {
    parts.push(part);
    if (parts[0]?.startsWith("<") === true && !part.includes(">")) continue;
    members.push(parts.join());
    parts = [];
  }
  return members;
}
