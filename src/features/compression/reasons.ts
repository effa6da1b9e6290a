import { ANONYMOUS } from "../../agent/agent.ts";
import type { ReasonText, FeatureVocabulary, Told } from "../../pipeline/vocabulary.ts";
import { autoReasons } from "./auto/reasons.ts";
import { patternsOf, type CompressionPolicy } from "./policy.ts";

type About = Told<CompressionPolicy>;
type Table = Readonly<Record<string, ReasonText<CompressionPolicy>>>;

const reasons = {
  "no-dictionary-rule": {
    says: "the rule that decides has no dictionary",
    todo: 'Add "dictionary": { "match": "/assets/app.*.js" } to its compression.',
  },
  "no-dictionary": {
    says: "the rule that decides has no dictionary for this path",
    todo: 'Add "dictionary": { "match": "/assets/app.*.js" } to its compression.',
  },
  method: { says: "only GET and HEAD are compressed" },
  "may-change-the-resource": {
    says: "the method may change the page, and then its stored content is dropped",
  },
  "outside-dictionary-match": {
    says: ({ policy }) => `the path does not match the dictionary's match${matchOf(policy)}`,
    todo: "If it should, extend compression.dictionary.match.",
  },
  "part-requested": {
    says: "the client requests a part, and the proxy sends it as the origin server does",
    todo: "Ask without Range.",
  },
  "continued-by-date": {
    says: "the client continues a download by date, so the proxy requests the part in the coding of the whole",
  },
  "media-requested": { says: "by its extension or destination, the content is already compressed" },
  whole: {
    says: "the client may have another coding of the content, so the proxy requests the whole",
  },
  "chunk-dictionary": {
    says: "the address is that of the dictionary for files whose names are nothing but a hash",
  },
  "in-dictionary-match": { says: "the path matches the dictionary's match" },
  "origin-uses-dictionaries": { says: "the origin server uses dictionaries itself" },
  "not-modified": { says: "the response is a 304: there is nothing to code" },
  status: { says: "the response is not a 200 with content" },
  "not-public": {
    says: "the response is not for all clients, so the proxy uses no dictionary",
    todo: "If it is public, send Cache-Control: public, max-age=… and neither Set-Cookie nor Vary: Cookie.",
  },
  "not-fresh": {
    says: "the response is not fresh, and browsers store dictionaries only while they are fresh",
    todo: "Send Cache-Control: max-age=…, longer than the time between visits, or stale-while-revalidate.",
  },
  "insecure-context": {
    says: "the site is not https, and browsers use no dictionaries there",
    todo: "Serve it over https, or set publicOrigin to the https origin.",
  },
  "document-with-cookies": {
    says: "the request has cookies, and the page's address has no version",
    todo: "If no page depends on cookies, set ignoreCookies in the dictionary.",
  },
  "no-site-dictionary": {
    says: "the proxy has no dictionary of the text that the site's pages share",
    todo: "Nothing: it makes one once it has read some pages, if that saves enough.",
  },
  "site-dictionary": { says: "it is a dictionary for pages, which the proxy has already coded" },
  "csp-forbids-dictionary": {
    says: "the page's Content-Security-Policy forbids browsers to fetch the dictionary",
    todo: "Add 'self' to its connect-src.",
  },
  "pages-off": { says: "the rule makes no dictionary for pages (pages)" },
  "cookies-no-version": {
    says: "the request has cookies, and the content has neither a version in its address nor a type that is made for all clients",
    todo: "Name a version in the address, or set ignoreCookies in the dictionary.",
  },
  "cookies-not-public": {
    says: "the request has cookies, and the response does not state that it is for every client",
    todo: "Send Cache-Control: public, s-maxage or immutable.",
  },
  "cookies-unproven": {
    says: "the request has cookies, and the proxy does not know that the content is the same without them",
    todo: "Nothing, if it is the same: the proxy requests it once without cookies. Otherwise send Vary: Cookie or private.",
  },
  "compressed-type": { says: "content of this type is already compressed" },
  "too-large": {
    says: ({ policy: { dictionary } }) =>
      typeof dictionary === "object"
        ? `the content is longer than ${dictionary.maxBytes} bytes (maxBytes)`
        : "the content is longer than maxBytes",
    todo: "Raise compression.dictionary.maxBytes.",
  },
  "too-small": { says: "the content is too short for a coding to save bytes" },
  "no-dictionary-offered": {
    says: "the client offers no dictionary (no Available-Dictionary)",
    todo: "The client must first fetch a version with Use-As-Dictionary.",
  },
  "dictionary-field-malformed": {
    says: "Available-Dictionary is not a SHA-256 between colons",
    todo: "Write it as :BASE64:, 44 characters between the colons.",
  },
  "coding-not-accepted": {
    says: "Accept-Encoding names neither dcb nor dcz",
    todo: "Browsers name them over https only.",
  },
  authorized: { says: "the request carries Authorization, so the response is for one client" },
  "not-readable-by-client": {
    says: "a script of another site sends the request, and may not read the response",
    todo: "If it may, allow it by CORS at the origin server.",
  },
  "unknown-dictionary": {
    says: "the proxy has not stored the client's dictionary",
    todo: "The proxy has never seen it, or keepFor has passed, or match does not match its path.",
  },
  "no-codec": { says: "this runtime has no codec for the accepted dcb or dcz" },
  "too-large-for-codec": {
    says: "this runtime makes no deltas of so much content, or from so large a dictionary",
    todo: "Build the deltas before the deploy: wayleave deltas build, and deltas in the dictionary.",
  },
  "codec-refused": { says: "the codec can't use this dictionary, or this much content" },
  "no-gain": { says: "a delta would save less than a tenth of the plain coding" },
  "over-budget": {
    says: "this version has as many deltas as the budget allows, or the client's network has used its CPU time",
    todo: "Raise compression.dictionary.budget.variants; for CPU time, see docs/operations.md.",
  },
  "made-for-the-next": {
    says: "the proxy makes the delta after this response, for the next client",
  },
  "no-content": { says: "a response to HEAD has no content, and the proxy has no delta yet" },
  delta: { is: "done", says: deltaWords },
  coded: { is: "done", says: codedWords, todo: ({ detail }) => todoOf(detail["dictionary"]) },
  "left-to-platform": { says: "the rule leaves plain codings to a server in front (codings)" },
  "no-plain-codec": { says: "this runtime has no codec for plain codings" },
  "coded-by-origin": { says: "the origin server has coded the content itself" },
  partial: {
    says: "the client requested only a part of the content",
    todo: "Send a request without Range.",
  },
  "no-coding-accepted": {
    says: "Accept-Encoding names no coding that the proxy can make",
    todo: "Send a request with Accept-Encoding: br, gzip.",
  },
  "evicted-lately": { says: "the proxy evicted this version within the last hour" },
  "larger-than-budget": {
    says: "the content is larger than the budget of its group",
    todo: "Raise compression.dictionary.budget.bytes.",
  },
} as const satisfies Table;

const all = { ...autoReasons, ...reasons };

/** The meaning of the reasons of content coding. */
export const compressionVocabulary = {
  actions: { compressed: { did: "compressed", would: "would be compressed" } },
  none: { name: "plain", says: "not compressed" },
  reasons: withPlain(all),
} as const satisfies FeatureVocabulary<CompressionPolicy>;

export type CompressionReason = keyof typeof all;

/** If the response has no coding, gives both reasons: for no delta, and for no plain coding. */
function withPlain<Reason extends string>(
  table: Readonly<Record<Reason, ReasonText<CompressionPolicy>>>,
): Readonly<Record<Reason, ReasonText<CompressionPolicy>>> {
  const entries = Object.entries<ReasonText<CompressionPolicy>>(table).map(([reason, words]) => {
    const says = (told: About): string => {
      const text = typeof words.says === "string" ? words.says : words.says(told);
      const plain = told.detail["plain"];
      const other = plain === undefined || plain === reason ? undefined : sayOf(plain, told);
      return other === undefined ? text : `${text}; and plainly, ${other}`;
    };
    return [reason, Object.assign({}, words, { says: words.is === "done" ? words.says : says })];
  });
  return Object.fromEntries(entries) as typeof table;
}

/** A reason for no delta in words, and its remedy. */
export function remedyOf(reason: string, policy: CompressionPolicy): string {
  const todo = todoOf(reason);
  const says = sayOf(reason, { agent: ANONYMOUS, policy, detail: {} }) ?? reason;
  return todo === undefined ? says : `${says}. ${todo}`;
}

function todoOf(reason: string | undefined): string | undefined {
  const todo = reason === undefined ? undefined : (all as Table)[reason]?.todo;
  return typeof todo === "string" ? todo : undefined;
}

function sayOf(reason: string, told: About): string | undefined {
  const says = (all as Table)[reason]?.says;
  return typeof says === "function" ? says(told) : says;
}

function matchOf({ dictionary }: CompressionPolicy): string {
  const match = typeof dictionary === "object" ? dictionary.match : undefined;
  return match === undefined ? "" : ` ${patternsOf(match).join(", ")}`;
}

function deltaWords({ detail }: About): string {
  const from = detail["from"] === "stored" ? ", made before" : "";
  const coding = detail["coding"] ?? "delta";
  return `the response is the difference to the client's dictionary (${coding}${from})${automaticText(detail)}`;
}

/** The part about the automatic mode. */
function automaticText(detail: About["detail"]): string {
  const gain = detail["gain"];
  return gain === undefined ? "" : `; found by the automatic mode, which expects to save ${gain}`;
}

function codedWords(told: About): string {
  const { coding = "a coding", dictionary } = told.detail;
  const why = dictionary === undefined ? undefined : sayOf(dictionary, told);
  return `as ${coding}${why === undefined ? "" : `; no delta: ${why}`}`;
}
