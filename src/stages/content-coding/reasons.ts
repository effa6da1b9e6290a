import type { StageWords } from "../../pipeline/words.ts";
import type { CompressionPolicy } from "./policy.ts";

/** What the reasons of content coding mean. */
export const contentCodingWords: StageWords<CompressionPolicy> = {
  done: "compressed",
  would: "would be compressed",
  not: "not compressed",
  reasons: {
    "no-dictionary-rule": {
      says: "the rule that decides names no dictionary",
      todo: 'Add "dictionary": { "match": "/assets/app.*.js" } to its compression.',
    },
    method: { says: "only GET and HEAD are compressed" },
    "outside-dictionary-match": {
      says: ({ policy: { dictionary } }) =>
        `the path does not fit the dictionary's match${dictionary ? ` ${dictionary.match}` : ""}`,
      todo: "Widen compression.dictionary.match, if it should.",
    },
    "in-dictionary-match": { says: "the path fits the dictionary's match" },
    "not-modified": { says: "the origin answered 304: there is nothing to code" },
    status: {
      says: "the answer's status is not 200",
      todo: "Only a 200 is compressed against a dictionary.",
    },
    "not-public": {
      says: "a shared cache may not store the answer, so no dictionary is used",
      todo: "Send Cache-Control: public, max-age=… and no Set-Cookie, if it is public.",
    },
    "document-with-cookies": {
      says: "a page asked for with cookies may depend on them",
      todo: "Nothing: who has no cookies gets it compressed.",
    },
    "origin-uses-dictionaries": { says: "the origin uses dictionaries itself" },
    "too-large": {
      says: ({ policy: { dictionary } }) =>
        `the content is longer than ${dictionary ? dictionary.maxBytes : "maxBytes"} bytes (maxBytes)`,
      todo: "Raise compression.dictionary.maxBytes.",
    },
    "too-small": { says: "the content is so short that a delta can't win" },
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
    "no-codec": { says: "this runtime has no codec for dcb or dcz as accepted" },
    "unknown-dictionary": {
      says: "the dictionary that the client has is not kept here",
      todo: "It was never seen, or keepFor is over, or its path is outside of match.",
    },
    "codec-refused": { says: "the codec does not take this dictionary, or this much content" },
    "no-gain": { says: "the delta would save less than a tenth" },
    delta: { is: "done", says: "the difference to the client's dictionary is sent" },
  },
};
