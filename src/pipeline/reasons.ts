import type { ReasonText } from "./vocabulary.ts";

/** The runner's own reasons, which replace a stage's. */
export const pipelineReasons: Readonly<Record<string, ReasonText>> = {
  "no-transform": {
    says: "Cache-Control: no-transform forbids another form of the content",
    todo: "Take no-transform out of Cache-Control, of the origin or of the request.",
  },
  "no-content": {
    says: "the answer has no content to look at (HEAD, 204 or 304)",
    todo: "Send a GET request without If-None-Match.",
  },
  "unreadable-coding": {
    says: "the origin sent a content coding that can't be decoded here",
    todo: "Let the origin send gzip, br or no coding.",
  },
  reused: { says: "a response that was made for an earlier request is sent again", is: "done" },
  "address-refused": {
    says: "the answer would be made from another address, whose own rules refuse this client",
    todo: "Give that address rules that let the agent pass.",
  },
  "address-off": {
    says: "the answer would be made from another address, for which the rules switch this off",
    todo: "Switch the feature on for that address too.",
  },
  "redirect-to-itself": {
    says: "the redirect would have led to the very address that was requested",
    todo: "Look at what the page, or the rule's map, names as its canonical.",
  },
  "own-document": { says: "a document of the proxy itself is open to all" },
  "answered-before": { says: "a stage before this one has answered already" },
};
