import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import type { DocumentsPolicy } from "./policy.ts";

/** The meaning of the reasons of documents. */
export const documentsVocabulary = {
  actions: {
    list: { did: "answered with a list of pages", would: "would be answered with a list of pages" },
    publish: {
      did: "answered with a document of the rules",
      would: "would be answered with a document of the rules",
    },
    announce: { did: "named the site's documents", would: "would name the site's documents" },
  },
  none: { name: "none", says: "no list of pages" },
  reasons: {
    method: { says: "only GET and HEAD request documents" },
    "not-ours": { says: "the address is not an llms.txt or llms-full.txt" },
    "no-origin-client": {
      says: "the proxy can't request the origin server's sitemap here",
      todo: "In a Hono app, give wayleave() the app itself.",
    },
    "to-be-read": { says: "the page belongs in the list, so the proxy reads it while it sends it" },
    "not-to-be-read": { says: "the address is a page, and the list does not need to read it now" },
    "lists-are-off": {
      says: "documents.lists is off, so there is no llms.txt",
      todo: 'To have one, remove documents.lists, or write "documents": true in defaults.',
    },
    "no-sitemap": {
      says: "the rules do not switch the sitemap on",
      todo: 'To have one, write "sitemap": true at the top of the rules.',
    },
    "other-sitemap": {
      says: "the site has a sitemap at another path, which its robots.txt or documents.sitemaps names",
    },
    "no-pages": { says: "no page of the site may be in its sitemap" },
    "site-document": {
      is: "done",
      action: "publish",
      says: "the rules name a document for this path",
    },
    home: { says: "the home page, in whose Link the documents are named" },
    announced: { is: "done", action: "announce", says: "the documents that exist are in Link" },
    "nothing-to-announce": { says: "no document to name, or the origin server names it already" },
    artifact: { says: "the path may be that of a skill, whose digest an index has" },
    untransformed: {
      is: "done",
      action: "announce",
      says: "no-transform keeps the digest of the skill right",
    },
    "full-is-off": {
      says: "documents.full is off, so there is no llms-full.txt",
      todo: "To have one, remove documents.full.",
    },
    "not-listed": { says: "the response must not be listed (its status, noindex, or a cookie)" },
    read: { says: "the proxy reads the page for the list, and sends it unchanged" },
    "no-such-directory": {
      says: "no listed page is below this directory",
      todo: "See /llms.txt for the directories, and documents.exclude.",
    },
    "unknown-host": {
      says: "no rule lists this host, and the origin server responds to it as to any other host",
      todo: "List the site's hosts in hosts, or set publicOrigin.",
    },
    "not-ready": {
      says: "the proxy is making another text or another host's list, or has used up this hour's requests",
      todo: "If the origin server can serve more, raise documents.requestsPerHour. List the site's hosts in hosts, or set publicOrigin.",
    },
    made: { is: "done", says: "made from the sitemap and the pages read so far" },
  },
} as const satisfies FeatureVocabulary<DocumentsPolicy>;

/** The reasons of documents. */
export type DocumentsReason = keyof typeof documentsVocabulary.reasons;
