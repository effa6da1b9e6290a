import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import type { RobotsPolicy } from "./policy.ts";

/** The meaning of the reasons of robots. */
export const robotsVocabulary = {
  actions: {
    compile: {
      did: "answered with the lines of the rules",
      would: "would be answered with the lines of the rules",
    },
  },
  none: { name: "none", says: "no lines of the rules" },
  reasons: {
    method: { says: "only GET and HEAD request robots.txt" },
    "not-ours": { says: "the address is not that of robots.txt" },
    "nothing-to-add": {
      says: "the rules have no line for robots.txt, so the origin server's is served as it is",
    },
    "origin-redirects": {
      says: "the origin server redirects robots.txt to another site, or more than five times, and crawlers read the file there",
      todo: "Serve the file on this site, so that the proxy can merge it.",
    },
    "origin-fails": {
      says: "the origin server has no robots.txt at the moment, and crawlers wait (RFC 9309 §2.3.1.4)",
    },
    "broken-off": {
      says: "the origin server's robots.txt breaks off, and crawlers wait (RFC 9309 §2.3.1.4)",
    },
    unreadable: {
      says: "the origin server's robots.txt is longer than 2 MiB or 50,000 lines, would be too long after merging, is in UTF-16, or in a coding that the proxy does not decode",
      todo: "Shorten the file: crawlers may read 500 KiB of it only.",
    },
    merged: { is: "done", says: "the rules' lines are merged into the origin server's file" },
    replaced: { is: "done", says: "the file has only the rules' lines" },
  },
} as const satisfies FeatureVocabulary<RobotsPolicy>;

/** The reasons of robots. */
export type RobotsReason = keyof typeof robotsVocabulary.reasons;
