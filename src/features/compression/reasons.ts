import type { ReasonText, FeatureVocabulary, Told } from "../../pipeline/vocabulary.ts";
import { autoReasons, type AutoReason } from "./auto/reasons.ts";
import type { CompressionPolicy } from "./policy.ts";

type About = Told<CompressionPolicy>;
type Table = Readonly<Record<string, ReasonText<CompressionPolicy>>>;

const reasons = {
  "no-dictionary-rule": {
    says: "the rule that decides names no dictionary",
    todo: 'Add "dictionary": { "match": "/assets/app.*.js" } to its compression.',
  },
  "no-dictionary": {
    says: "the rule that decides has no dictionary for this path",
    todo: 'Add "dictionary": { "match": "/assets/app.*.js" } to its compression.',
  },
  method: { says: "only GET and HEAD are compressed" },
  "may-change-the-resource": { says: "the method may change the page, so what is stored may go" },
  "outside-dictionary-match": {
    says: ({ policy }) => `the path does not fit the dictionary's match${matchOf(policy)}`,
    todo: "Widen compression.dictionary.match, if it should.",
  },
  "part-requested": {
    says: "a part of the content is requested, and goes out as the origin sends it",
    todo: "Ask without Range.",
  },
  "continued-by-date": {
    says: "a download continues by date, so the part is requested in the coding that the whole came in",
  },
  "media-requested": { says: "by its name or destination, the content is compressed already" },
  whole: { says: "the client may have another coding of the content, so the whole is requested" },
  "in-dictionary-match": { says: "the path fits the dictionary's match" },
  "origin-uses-dictionaries": { says: "the origin uses dictionaries itself" },
  "not-modified": { says: "the origin answered 304: there is nothing to code" },
  status: { says: "the answer is no 200 with content" },
  "not-public": {
    says: "a shared cache may not store the answer, so no dictionary is used",
    todo: "Send Cache-Control: public, max-age=… and no Set-Cookie, if it is public.",
  },
  "not-fresh": {
    says: "the answer is not fresh, and browsers keep dictionaries only while they are",
    todo: "Send a max-age that is longer than the time between visits.",
  },
  "insecure-context": {
    says: "the site is not https, and browsers have no dictionaries there",
    todo: "Serve it over https, or set publicOrigin to the https origin.",
  },
  "document-with-cookies": {
    says: "a page asked for with cookies may depend on them",
    todo: "If it does not, say ignoreCookies in the dictionary.",
  },
  "cookies-in-automatic-mode": {
    says: "the automatic mode leaves alone what is asked for with cookies",
    todo: "If nothing depends on them, say ignoreCookies in the dictionary.",
  },
  "compressed-type": { says: "content of this type is compressed already" },
  "too-large": {
    says: ({ policy: { dictionary } }) =>
      typeof dictionary === "object"
        ? `the content is longer than ${dictionary.maxBytes} bytes (maxBytes)`
        : "the content is longer than maxBytes",
    todo: "Raise compression.dictionary.maxBytes.",
  },
  "too-small": { says: "the content is so short that a coding can't win" },
  "no-dictionary-offered": {
    says: "the client offers no dictionary (no Available-Dictionary)",
    todo: "It has to fetch a version that carries Use-As-Dictionary first.",
  },
  "dictionary-field-malformed": {
    says: "Available-Dictionary is no SHA-256 between colons",
    todo: "Write it as :BASE64:, 44 characters between the colons.",
  },
  "coding-not-accepted": {
    says: "Accept-Encoding names neither dcb nor dcz",
    todo: "Browsers name them over https only.",
  },
  authorized: { says: "the request carries Authorization, so its answer is one person's own" },
  "not-readable-by-client": {
    says: "a script of another site asks, which may not read the answer",
    todo: "Let the origin allow it by CORS, if it may.",
  },
  "unknown-dictionary": {
    says: "the dictionary that the client has is not stored here",
    todo: "It was never seen, or keepFor is over, or its path is outside of match.",
  },
  "no-codec": { says: "this runtime has no codec for dcb or dcz as accepted" },
  "codec-refused": { says: "the codec does not take this dictionary, or this much content" },
  "no-gain": { says: "a delta would save less than a tenth of the plain coding" },
  "over-budget": {
    says: "there are as many deltas of this version as the budget allows, or the client's network has used its CPU time",
    todo: "Raise compression.dictionary.budget.variants; docs/operations.md tells of CPU time.",
  },
  "made-for-the-next": { says: "the delta is made after this answer, for the next client" },
  "no-content": { says: "a HEAD has no content, and the delta is not known yet" },
  delta: { is: "done", says: deltaWords },
  coded: { is: "done", says: codedWords },
  "left-to-platform": { says: "the rule leaves plain codings to what is in front (codings)" },
  "no-plain-codec": { says: "this runtime has no codec for plain codings" },
  "coded-by-origin": { says: "the origin has coded the content itself" },
  partial: { says: "only a part of the content was asked for", todo: "Ask without Range." },
  "no-coding-accepted": {
    says: "Accept-Encoding names no coding that could be made",
    todo: "Ask with Accept-Encoding: br, gzip.",
  },
  "evicted-lately": { says: "this version had to make room for others within the last hour" },
  "larger-than-budget": {
    says: "the content is larger than all that its group may keep",
    todo: "Raise compression.dictionary.budget.bytes.",
  },
} as const satisfies Table;

/** The meaning of the reasons of content coding. */
export const compressionVocabulary = {
  actions: { compressed: { did: "compressed", would: "would be compressed" } },
  none: { name: "plain", says: "not compressed" },
  reasons: withPlain({ ...autoReasons, ...reasons }),
} as const satisfies FeatureVocabulary<CompressionPolicy>;

/** The reasons of compression. */
export type CompressionReason = keyof typeof reasons | AutoReason;

/** Where nothing was coded, both reasons count: why there is no delta, and why no plain coding. */
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

function sayOf(reason: string, told: About): string | undefined {
  const table: Table = { ...autoReasons, ...reasons };
  const says = table[reason]?.says;
  return typeof says === "function" ? says(told) : says;
}

function matchOf({ dictionary }: CompressionPolicy): string {
  const match = typeof dictionary === "object" ? dictionary.match : undefined;
  return match === undefined ? "" : ` ${match}`;
}

function deltaWords({ detail }: About): string {
  const from = detail["from"] === "stored" ? ", made before" : "";
  const coding = detail["coding"] ?? "delta";
  return `the difference to the client's dictionary is sent (${coding}${from})${automaticWords(detail)}`;
}

/** What the automatic mode has to do with it. */
function automaticWords(detail: About["detail"]): string {
  const gain = detail["gain"];
  return gain === undefined ? "" : `; found by the automatic mode, which expects to save ${gain}`;
}

function codedWords(told: About): string {
  const { coding = "a coding", dictionary } = told.detail;
  const why = dictionary === undefined ? undefined : sayOf(dictionary, told);
  return `as ${coding}${why === undefined ? "" : `; no delta: ${why}`}`;
}
