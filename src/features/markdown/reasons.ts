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
      todo: "Send Accept: text/markdown, or request …/index.md.",
    },
    accept: { says: "Accept prefers markdown" },
    address: { says: "the address asks for markdown, so the proxy requests its page" },
    "origin-has-markdown": {
      says: "the origin server sent markdown itself, which the proxy sends unchanged",
    },
    "not-modified": { says: "the response is a 304: the client's version is current" },
    status: {
      says: "the status of the response is not 200, so there is no page to convert",
      todo: "The proxy sends a redirect or an error unchanged.",
    },
    "not-html": {
      says: "the response is not HTML",
      todo: "If it is a page, send Content-Type: text/html from the origin server.",
    },
    "too-large": {
      says: ({ policy }) => `the page is longer than ${policy.maxBytes} bytes (maxBytes)`,
      todo: "Raise markdown.maxBytes.",
    },
    "over-budget": {
      says: "the clients of this network have used up their CPU time for conversions",
      todo: "Request fewer pages a second: one network gets five percent of a core.",
    },
    converted: {
      is: "done",
      says: ({ detail: { note } }) => {
        const again = note === undefined ? "" : `, read again without cuts (${note})`;
        return `the page is sent as text/markdown${again}`;
      },
    },
    "script-only": {
      says: ({ policy }) =>
        `only a script renders the page, and onScriptOnly is ${policy.onScriptOnly}`,
      todo: "Render the page on the server, or remove onScriptOnly from the rule.",
    },
    "may-change-the-page": {
      says: "the method may change the page, and then its stored markdown is dropped",
    },
    directive: { says: "the page may get a hint to its markdown, so the proxy reads its content" },
    missing: {
      says: "the origin server only redirects between spellings of an address without a page (404)",
      todo: "Request the page itself: the origin server would answer 404 too.",
    },
    whole: { says: "the origin server sent a part of the page, so the proxy requests the whole" },
    "no-own-markdown": {
      says: "the origin server has no markdown of its own, so the proxy requests the page",
    },
    "other-slash": { says: "the proxy requests the page with, or without, the slash at its end" },
    "as-named": { says: "the proxy requests the .md file itself" },
    "not-acceptable": {
      says: "the client accepts neither HTML nor markdown, and strictAccept is on (406)",
      todo: "Remove strictAccept from the rule, or accept one of them.",
    },
    redirect: {
      says: "the origin server redirects, so there is no page to convert",
      todo: "Request the address to which it redirects.",
    },
    part: {
      says: "the client requested only a part of the page (206)",
      todo: "Ask without Range.",
    },
  },
} as const satisfies FeatureVocabulary<MarkdownPolicy>;

/** The reasons of markdown. */
export type MarkdownReason = keyof typeof markdownVocabulary.reasons;
