import { problem, type ProblemLink, type ProblemName } from "../../../http/problem.ts";
import type { OwnResponse } from "../../../pipeline/stage.ts";
import { isWebUrl } from "./options.ts";

/** The notice of a rule. */
export interface Notice {
  readonly message?: string | undefined;
  readonly contact?: string | undefined;
  readonly license?: string | undefined;
}

/** The document of a refusal. */
interface Refusal {
  readonly name: ProblemName;
  /** The sentence if the rule has no message; without text of the request. */
  readonly detail: string;
  readonly notice: Notice;
  readonly accept: string | undefined;
  /** Links of the response besides those of the notice, as members of `Link`. @default none */
  readonly links?: readonly string[];
  /** Further field lines. @default none */
  readonly fields?: OwnResponse["fields"];
  /** Further members of the document in JSON. @default none */
  readonly members?: Readonly<Record<string, unknown>>;
}

/**
 * Creates the response to a refused request: a problem document in the format that the client
 * accepts, with the rule's message and links, `private, no-store`.
 */
export function refusalOf({ notice, ...refusal }: Refusal): OwnResponse {
  const { name, detail, accept, fields = [], members = {} } = refusal;
  const links = linksOf(notice);
  const all = [
    ...links.map(({ href, rel }) => `<${href}>; rel="${rel}"`),
    ...(refusal.links ?? []),
  ];
  const told = Object.fromEntries(links.map(({ member, href }) => [member, href]));
  const detailed = textOf(notice.message) ?? detail;
  const made = problem(name, detailed, accept, [], { ...members, ...told }, links);
  return {
    status: made.status,
    fields: [
      ...made.fields.filter(([field]) => field !== "cache-control"),
      ["cache-control", "private, no-store"],
      ...(all.length === 0 ? [] : [["link", all.join(", ")] as const]),
      ...fields,
    ],
    content: made.content,
  };
}

/** The links of a notice: as `Link` fields, in documents, and as members in JSON. */
function linksOf({ contact, license }: Notice): readonly (ProblemLink & { member: string })[] {
  return [
    ...(contact === undefined
      ? []
      : [{ member: "contact", rel: "help", href: hrefOf(contact), says: "Contact" }]),
    ...(license === undefined
      ? []
      : [{ member: "license", rel: "license", href: hrefOf(license), says: "License" }]),
  ];
}

/** A URI without characters that could end a link: the parser escapes them, but not in mailto. */
function hrefOf(address: string): string {
  if (isWebUrl(address)) return new URL(address).href.replaceAll("'", "%27");
  const at = address.lastIndexOf("@");
  return `mailto:${encodeURIComponent(address.slice(0, at))}${address.slice(at)}`;
}

/** A message in one line. */
function textOf(message: string | undefined): string | undefined {
  const text = message?.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return text === "" ? undefined : text;
}
