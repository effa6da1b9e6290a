import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import type { DocumentsPolicy } from "./policy.ts";

/** The meaning of the reasons of documents. */
export const documentsVocabulary = {
  actions: {
    list: { did: "answered by a list of pages", would: "would be answered by a list of pages" },
  },
  none: { name: "none", says: "no list of pages" },
  reasons: {
    method: { says: "only GET and HEAD ask for documents" },
    "not-ours": { says: "the address is no llms.txt or llms-full.txt" },
    "no-origin-client": {
      says: "here the origin can't be asked for its sitemap",
      todo: "In a Hono app, give wayleave() the app itself.",
    },
    "origin-is-asked-first": { says: "the origin may have such a file itself, and is asked first" },
    "to-be-read": { says: "the page is due to be listed, so it is read as it passes" },
    "not-to-be-read": { says: "the address is a page, and not due to be read for the list" },
    "origin-has-its-own": {
      says: "the origin has such a file of its own, which wins",
      todo: "Remove the file at the origin to have one made.",
    },
    "origin-refuses": {
      says: "the origin answered with an error other than 404 or 410",
      todo: "Let the origin answer 404 where it has no such file.",
    },
    "watched-only": {
      says: "making the list would cost the origin requests, so observe does not try",
      todo: "Switch documents on to see it.",
    },
    "not-listed": { says: "the answer may not be listed (its status, noindex, or a cookie)" },
    read: { says: "the page is read for the list as it passes; it goes out as it is" },
    "no-such-directory": {
      says: "no listed page lies under this directory",
      todo: "See /llms.txt for the directories, and documents.exclude.",
    },
    "unknown-host": {
      says: "no rule lists this host, and the origin server responds to it as to any other host",
      todo: "List the site's hosts under hosts, or set publicOrigin.",
    },
    "not-ready": {
      says: "another text is being made, or the origin was asked enough for this hour",
      todo: "Raise documents.requestsPerHour if the origin can take it.",
    },
    made: { is: "done", says: "made from the sitemap and the pages read so far" },
  },
} as const satisfies FeatureVocabulary<DocumentsPolicy>;

/** The reasons of documents. */
export type DocumentsReason = keyof typeof documentsVocabulary.reasons;
