import * as v from "valibot";
import { problem, type ProblemLink, type ProblemName } from "../../http/problem.ts";
import type { OwnResponse } from "../../pipeline/stage.ts";

/** Characters of a message and of an address, at most. */
const LONGEST_MESSAGE = 1000;
const LONGEST_ADDRESS = 500;

const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}$/;

/** What a refusal tells the client; the options of all actions that refuse. */
export const noticeEntries = {
  /**
   * The text of the refusal, in the problem document.
   * @default a sentence for the action @example "Training on this archive needs a contract."
   */
  message: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(LONGEST_MESSAGE))),
  /**
   * The e-mail address or URL to which an agent's operator can turn; it is in the problem document,
   * and in `Link` (`rel="help"`).
   * @default none @example "licensing@example.com"
   */
  contact: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(LONGEST_ADDRESS),
      v.check(
        (text) => EMAIL.test(text) || isWebUrl(text),
        'an e-mail address, or a URL such as "https://example.com/contact"',
      ),
    ),
  ),
  /**
   * The URL of the licence under which agents may use the content; it is in the problem document, and
   * in `Link` (`rel="license"`).
   * @default none @example "https://example.com/license"
   */
  license: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(LONGEST_ADDRESS),
      v.check(isWebUrl, 'a URL such as "https://example.com/license"'),
    ),
  ),
};

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
  /** Further field lines. @default none */
  readonly fields?: OwnResponse["fields"];
  /** Further members of the document in JSON. @default none */
  readonly members?: Readonly<Record<string, string>>;
}

/**
 * Creates the response to a refused request: a problem document in the format that the client
 * accepts, with the rule's message and links, `private, no-store`.
 */
export function refusalOf({ notice, ...refusal }: Refusal): OwnResponse {
  const { name, detail, accept, fields = [], members = {} } = refusal;
  const links = linksOf(notice);
  const told = Object.fromEntries(links.map(({ member, href }) => [member, href]));
  const all = { ...members, ...told };
  const made = problem(name, textOf(notice.message) ?? detail, accept, [], all, links);
  return {
    status: made.status,
    fields: [
      ...made.fields.filter(([field]) => field !== "cache-control"),
      ["cache-control", "private, no-store"],
      ...links.map(({ href, rel }) => ["link", `<${href}>; rel="${rel}"`] as const),
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

function isWebUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || url.protocol === "http:";
}

/** A message in one line. */
function textOf(message: string | undefined): string | undefined {
  const text = message?.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return text === "" ? undefined : text;
}
