import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import type { MarkdownPolicy } from "./policy.ts";

/** The meaning of the reasons of markdown. */
export const markdownVocabulary = {
  actions: { markdown: { did: "converted to markdown", would: "would be converted to markdown" } },
  none: { name: "html", says: "not converted" },
  reasons: {
    method: { says: "only GET and HEAD get markdown" },
    "html-preferred": {
      says: "the request does not prefer markdown, by Accept or by its address",
      todo: "Ask with Accept: text/markdown, or for …/index.md.",
    },
    accept: { says: "Accept prefers markdown" },
    address: { says: "asked for by its address; the page behind it is fetched" },
    "origin-has-markdown": {
      says: "the origin answered in markdown itself, which goes out as it is",
    },
    "not-modified": { says: "the origin answered 304: what the client has still holds" },
    status: {
      says: "the answer's status is not 200, so there is no page to convert",
      todo: "A redirect or an error goes out as it is.",
    },
    "not-html": {
      says: "the answer is no HTML",
      todo: "If it is a page, let the origin send Content-Type: text/html.",
    },
    "too-large": {
      says: ({ policy }) => `the page is longer than ${policy.maxBytes} bytes (maxBytes)`,
      todo: "Raise markdown.maxBytes.",
    },
    "over-budget": {
      says: "the clients of this network have caused all conversions that they may for now",
      todo: "Ask for fewer pages a second: five percent of a core goes to one network.",
    },
    converted: { is: "done", says: "the page is sent as text/markdown" },
    "may-change-the-page": { says: "the method may change the page, so stored markdown may go" },
    directive: { says: "the page may get a hint at its markdown, so its content is read" },
    missing: {
      says: "the origin only redirects between spellings of an address that has no page (404)",
      todo: "Ask for the page itself: the origin would answer 404 there as well.",
    },
    whole: { says: "a part of a page came that is needed as a whole, so it is requested anew" },
    "no-own-markdown": { says: "the origin has no markdown of its own; the page is asked for" },
    "other-slash": { says: "the page is asked for with, or without, the slash at its end" },
    "as-named": { says: "the .md file that was named is asked for as it is" },
    "not-acceptable": {
      says: "Accept takes neither HTML nor markdown, and strictAccept is on (406)",
      todo: "Take strictAccept out of the rule, or accept one of them.",
    },
    redirect: {
      says: "the origin redirects, so there is no page to convert",
      todo: "Ask for the address that it redirects to.",
    },
    part: {
      says: "only a part of the page was asked for (206)",
      todo: "Ask without Range.",
    },
  },
} as const satisfies FeatureVocabulary<MarkdownPolicy>;

/** The reasons of markdown. */
export type MarkdownReason = keyof typeof markdownVocabulary.reasons;
